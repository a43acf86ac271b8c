package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.model.checkpoint.TensorSource;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.model.script.ScriptedDetector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** A detector in a folder: {@code model.json} and {@code model.safetensors}. */
public final class DetectorCheckpoint {
    /** A counter that torchvision's batch norms keep and inference never reads. */
    private static final String IGNORED_SUFFIX = ".num_batches_tracked";

    private DetectorCheckpoint() {}

    /**
     * Builds the detector that {@code model.json} describes and fills it from the weights beside it. The caller closes
     * it.
     *
     * @throws InvalidInputException where a file is missing or broken, or names and shapes do not fit; all misfits are named
     */
    public static DetectionModel load(Path folder) {
        ModelDirectory directory = new ModelDirectory(folder);
        DetectorConfig config = directory.readConfig();
        if (config.detector().equals(DetectorConfig.TORCHSCRIPT)) {
            return new ScriptedDetector(directory.script(), config);
        }
        try (TensorSource file = directory.openWeights()) {
            TorchvisionDetector model = TorchvisionDetector.create(config);
            try {
                fill(model, file, directory.weights());
                return model;
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }
    }

    private static void fill(DetectionModel model, TensorSource file, Path path) {
        Map<String, Tensor> state = model.parameters().state();
        requireFit(state, file, path);
        for (Map.Entry<String, Tensor> entry : state.entrySet()) {
            float[] values = file.tensor(entry.getKey()).toFloats();
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                Tensor tensor = entry.getValue();
                tensor.copy_(Tensor.create(values, Tensors.shape(tensor)));
            }
        }
    }

    private static void requireFit(Map<String, Tensor> state, TensorSource file, Path path) {
        List<String> misfits = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : state.entrySet()) {
            String name = entry.getKey();
            if (!file.has(name)) {
                misfits.add(name + " is missing");
            } else if (!Arrays.equals(file.tensor(name).shape(), Tensors.shape(entry.getValue()))) {
                misfits.add(name + " has shape " + file.tensor(name).shapeText() + " where the model has "
                        + Arrays.toString(Tensors.shape(entry.getValue())));
            } else if (!file.tensor(name).dtype().isFloat()) {
                misfits.add(name + " holds " + file.tensor(name).dtype() + ", not floats");
            }
        }
        for (String name : file.names()) {
            if (!state.containsKey(name) && !name.endsWith(IGNORED_SUFFIX)) {
                misfits.add(name + " is none of the model's");
            }
        }
        if (!misfits.isEmpty()) {
            throw new InvalidInputException(path + " does not fit the model.json beside it: "
                    + String.join("; ", misfits) + "; use the model.json this checkpoint was trained with.");
        }
    }

    /**
     * Writes the detector as float32.
     *
     * @param metadata what the checkpoint should say about itself
     */
    public static void save(Path folder, DetectionModel model, Map<String, String> metadata) {
        List<TensorEntry> entries = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : model.parameters().state().entrySet()) {
            try (PointerScope _ = new PointerScope()) {
                Tensor tensor = entry.getValue();
                entries.add(
                        TensorEntry.ofFloats(entry.getKey(), DType.F32, Tensors.shape(tensor), Tensors.floats(tensor)));
            }
        }
        ModelDirectory directory = new ModelDirectory(folder);
        directory.writeConfig(model.config());
        SafetensorsWriter.write(directory.safetensors(), metadata, entries);
    }
}
