package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.LegacyNames;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.checkpoint.PackedCheckpoint;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.model.checkpoint.TensorSource;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.model.script.ScriptedDetector;
import dev.dhmq.quant.PackedWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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
        return load(folder, _ -> {});
    }

    /**
     * Builds and fills the detector of a folder.
     *
     * @param report told what was loaded from where; not of a scripted detector, which brings its own weights
     * @throws InvalidInputException as {@link #load(Path)} does
     */
    public static DetectionModel load(Path folder, Consumer<LoadReport> report) {
        ModelDirectory directory = new ModelDirectory(folder);
        DetectorConfig config = directory.readConfig();
        if (config.detector().equals(DetectorConfig.TORCHSCRIPT)) {
            return new ScriptedDetector(directory.script(), config);
        }
        return load(config, directory.weights(), report);
    }

    /**
     * Builds a detector and fills it from a file of weights, wherever it lies.
     *
     * @param config no scripted detector's, which has no such file
     * @param weights {@code .safetensors}, packed or not, or a state dict that PyTorch has saved
     * @param report told what was loaded
     * @throws InvalidInputException as {@link #load(Path)} does
     */
    public static DetectionModel load(DetectorConfig config, Path weights, Consumer<LoadReport> report) {
        try (TensorSource file = ModelDirectory.openWeights(weights)) {
            TorchvisionDetector model = TorchvisionDetector.create(config);
            try {
                report.accept(fill(model, file, weights));
                return model;
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }
    }

    private static LoadReport fill(DetectionModel model, TensorSource file, Path path) {
        Map<String, Tensor> state = model.parameters().state();
        Map<String, String> found = namesInFile(state, file);
        List<String> passedOver = requireFit(state, found, file, path);
        Map<DType, Long> types = new EnumMap<>(DType.class);
        List<String> renamed = new ArrayList<>();
        long elements = 0;
        for (Map.Entry<String, Tensor> entry : state.entrySet()) {
            String name = found.getOrDefault(entry.getKey(), entry.getKey());
            TensorEntry stored = file.tensor(name);
            types.merge(stored.dtype(), 1L, Long::sum);
            elements += stored.elements();
            if (!name.equals(entry.getKey())) {
                renamed.add(name);
            }
            float[] values = stored.toFloats();
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                Tensor tensor = entry.getValue();
                tensor.copy_(Tensor.create(values, Tensors.shape(tensor)));
            }
        }
        return new LoadReport(path, state.size(), elements, types, renamed, passedOver);
    }

    /** What the model's tensors are called in the file; those it does not have are left out. */
    private static Map<String, String> namesInFile(Map<String, Tensor> state, TensorSource file) {
        Map<String, String> names = new HashMap<>();
        for (String name : state.keySet()) {
            if (file.has(name)) {
                names.put(name, name);
            } else {
                LegacyNames.of(name).filter(file::has).ifPresent(older -> names.put(name, older));
            }
        }
        return names;
    }

    /** Names everything that does not fit at once, or returns the names that need not. */
    private static List<String> requireFit(
            Map<String, Tensor> state, Map<String, String> found, TensorSource file, Path path) {
        List<String> misfits = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : state.entrySet()) {
            String name = found.get(entry.getKey());
            if (name == null) {
                misfits.add(entry.getKey() + " is missing");
                continue;
            }
            TensorEntry stored = file.tensor(name);
            if (!Arrays.equals(stored.shape(), Tensors.shape(entry.getValue()))) {
                misfits.add(name + " has shape " + stored.shapeText() + " where the model has "
                        + Arrays.toString(Tensors.shape(entry.getValue())));
            } else if (!stored.dtype().isFloat()) {
                misfits.add(name + " holds " + stored.dtype() + ", not floats");
            }
        }
        List<String> passedOver = new ArrayList<>();
        Set<String> known = new HashSet<>(found.values());
        for (String name : file.names()) {
            if (name.endsWith(IGNORED_SUFFIX)) {
                passedOver.add(name);
            } else if (!known.contains(name)) {
                misfits.add(name + " is none of the model's");
            }
        }
        if (!misfits.isEmpty()) {
            throw new InvalidInputException(path + " does not fit its model.json: " + String.join("; ", misfits)
                    + "; use the model.json this checkpoint was trained with.");
        }
        return passedOver;
    }

    /**
     * Writes the detector as float32.
     *
     * @param metadata what the checkpoint should say about itself
     */
    public static void save(Path folder, DetectionModel model, Map<String, String> metadata) {
        ModelDirectory directory = new ModelDirectory(folder);
        directory.writeConfig(model.config());
        SafetensorsWriter.write(directory.safetensors(), metadata, tensors(model));
    }

    /**
     * Writes the detector with these packed weights in place of its own, and everything else as float32. {@link #load} then gives
     * bit for bit the weights they stand for.
     *
     * @param weights of this detector's layers
     * @param metadata what the checkpoint should say about itself
     * @return bytes that its numbers would take in float32
     */
    public static long savePacked(
            Path folder, DetectionModel model, PackedWeights weights, Map<String, String> metadata) {
        ModelDirectory directory = new ModelDirectory(folder);
        directory.writeConfig(model.config());
        List<TensorEntry> tensors = tensors(model);
        PackedCheckpoint.write(directory.safetensors(), metadata, weights, tensors);
        return tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
    }

    /** A copy of all that the detector's checkpoint holds, as float32. */
    static List<TensorEntry> tensors(DetectionModel model) {
        List<TensorEntry> entries = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : model.parameters().state().entrySet()) {
            try (PointerScope _ = new PointerScope()) {
                Tensor tensor = entry.getValue();
                entries.add(
                        TensorEntry.ofFloats(entry.getKey(), DType.F32, Tensors.shape(tensor), Tensors.floats(tensor)));
            }
        }
        return entries;
    }
}
