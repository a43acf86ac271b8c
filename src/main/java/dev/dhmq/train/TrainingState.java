package dev.dhmq.train;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.SafetensorsFile;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.model.network.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a training stands after an epoch, beside the tensors of its {@link Trainer}: with both it goes on as if it had
 * never stopped.
 *
 * @param epoch epochs done
 * @param bestEpoch the epoch that was judged best; 0 where none was judged
 * @param bestAp its AP
 * @param curve the epochs so far
 */
record TrainingState(int epoch, int bestEpoch, double bestAp, TrainingCurve curve) {
    private static final String FORMAT = "dhmq-training-1";

    /** Nothing done yet. */
    static final TrainingState START = new TrainingState(0, 0, Double.NEGATIVE_INFINITY, new TrainingCurve(List.of()));

    /**
     * Writes everything, whole or not at all.
     *
     * @param settings what a training must have in common with this one to take it up, as text
     */
    void save(Path file, String settings, Map<String, Tensor> tensors) {
        List<TensorEntry> entries = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            try (PointerScope _ = new PointerScope()) {
                Tensor tensor = entry.getValue();
                entries.add(
                        TensorEntry.ofFloats(entry.getKey(), DType.F32, Tensors.shape(tensor), Tensors.floats(tensor)));
            }
        }
        Map<String, String> metadata = Map.of(
                "format", FORMAT,
                "settings", settings,
                "epoch", Integer.toString(epoch),
                "best_epoch", Integer.toString(bestEpoch),
                "best_ap", Double.toString(bestAp),
                "curve", curve.text());
        SafetensorsWriter.write(file, metadata, entries);
    }

    /**
     * Reads a state and fills the tensors from it.
     *
     * @throws InvalidInputException where the file is damaged, no training's, or another training's
     */
    static TrainingState load(Path file, String settings, Map<String, Tensor> tensors) {
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            Map<String, String> metadata = stored.metadata();
            if (!FORMAT.equals(metadata.get("format"))) {
                throw wrong(file, "is not the state of a training of this version");
            }
            if (!settings.equals(metadata.get("settings"))) {
                throw wrong(file, "is the state of a training with other options or other data");
            }
            requireFit(file, stored, tensors);
            for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
                float[] values = stored.tensor(entry.getKey()).toFloats();
                try (PointerScope _ = new PointerScope();
                        NoGradGuard _ = new NoGradGuard()) {
                    entry.getValue().copy_(Tensor.create(values, Tensors.shape(entry.getValue())));
                }
            }
            return new TrainingState(
                    Integer.parseInt(metadata.getOrDefault("epoch", "")),
                    Integer.parseInt(metadata.getOrDefault("best_epoch", "")),
                    Double.parseDouble(metadata.getOrDefault("best_ap", "")),
                    TrainingCurve.parse(metadata.getOrDefault("curve", "")));
        } catch (NumberFormatException e) {
            throw wrong(file, "has a broken count of epochs");
        }
    }

    private static void requireFit(Path file, SafetensorsFile stored, Map<String, Tensor> tensors) {
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            String name = entry.getKey();
            if (!stored.has(name)
                    || !Arrays.equals(stored.tensor(name).shape(), Tensors.shape(entry.getValue()))
                    || stored.tensor(name).dtype() != DType.F32) {
                throw wrong(file, "does not hold " + name + " as this training needs it");
            }
        }
    }

    private static InvalidInputException wrong(Path file, String complaint) {
        return new InvalidInputException(
                file + " " + complaint
                        + "; give the command it was started with to go on, or delete it or name another folder to start anew.");
    }
}
