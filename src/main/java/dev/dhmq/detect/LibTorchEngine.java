package dev.dhmq.detect;

import dev.dhmq.export.PlanJson;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.LibTorch;
import dev.dhmq.model.Sample;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.integer.IntegerArithmetic;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A detector of a folder on LibTorch, all on one thread: pictures are computed one after the other, each by LibTorch's threads. */
public final class LibTorchEngine implements DetectionEngine {
    private final EngineThread thread;
    private final DetectionModel model;
    private final HookedLayers layers;
    private final String description;

    private LibTorchEngine(EngineThread thread, DetectionModel model, HookedLayers layers, String description) {
        this.thread = thread;
        this.model = model;
        this.layers = layers;
        this.description = description;
    }

    /**
     * Loads a detector: its float weights, packed ones, or float weights that a plan quantizes. The caller closes the engine.
     *
     * @param threads that LibTorch may use, in the whole process
     * @throws dev.dhmq.InvalidInputException where the folder or the plan cannot be used, or do not belong together
     */
    public static LibTorchEngine open(Path folder, Optional<Path> plan, int threads) {
        return EngineThread.load(thread -> load(thread, folder, plan, threads), LibTorchEngine::release);
    }

    private static LibTorchEngine load(EngineThread thread, Path folder, Optional<Path> file, int threads) {
        Optional<PlanJson.Stored> plan = file.map(path -> PlanJson.readFor(path, new ModelDirectory(folder)));
        LibTorch.setThreads(threads);
        DetectionModel model = DetectorCheckpoint.load(folder);
        try {
            HookedLayers layers =
                    plan.map(stored -> quantized(model, folder, stored)).orElseGet(() -> HookedLayers.unchanged(model));
            String description = model.config().detector() + " of " + folder
                    + file.map(path -> " by " + path).orElse("") + ", LibTorch with " + threads + " threads";
            return new LibTorchEngine(thread, model, layers, description);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static HookedLayers quantized(DetectionModel model, Path folder, PlanJson.Stored plan) {
        try (Backend backend = Backends.select(Backends.Choice.AUTO)) {
            LearnedScales scales = LearnedScales.read(folder, model.weights().layout());
            return IntegerArithmetic.apply(model, backend, plan.assignment(), scales, plan.activations());
        }
    }

    @Override
    public DetectorConfig config() {
        return model.config();
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public List<List<Detection>> detect(List<Sample> batch) {
        return thread.run(() -> model.detect(batch));
    }

    @Override
    public void close() {
        thread.close(this::release);
    }

    private void release() {
        layers.close();
        model.close();
    }
}
