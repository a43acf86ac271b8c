package dev.dhmq.model;

import dev.dhmq.model.box.Sampling;
import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.FlatWeights;
import dev.dhmq.model.network.ImageBatch;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.OutputSignals;
import dev.dhmq.model.network.Outputs;
import dev.dhmq.model.network.ParameterStore;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/** What the networks written here share: their parameters, and batches of images. */
public abstract sealed class TorchvisionDetector implements DetectionModel permits RetinaNet, FasterRcnn {
    private final DetectorConfig config;
    private final ParameterStore store;
    private final FlatWeights weights;

    /** @param store has all of the network's parameters; this detector owns it from now on */
    TorchvisionDetector(DetectorConfig config, ParameterStore store) {
        this.config = config;
        this.store = store;
        try (PointerScope _ = new PointerScope()) {
            weights = new FlatWeights(store);
        }
    }

    static ParameterStore newStore(torch.ScalarType type) {
        LibTorch.load();
        return new ParameterStore(type);
    }

    /** The detector of this configuration, its parameters zero. The caller closes it. */
    public static TorchvisionDetector create(DetectorConfig config) {
        return switch (config.detector()) {
            case DetectorConfig.RETINANET -> new RetinaNet(config);
            case DetectorConfig.FASTER_RCNN -> new FasterRcnn(config);
            default -> throw new IllegalArgumentException("No detector is named " + config.detector() + ".");
        };
    }

    /** Draws torchvision's starting weights from this seed. */
    public abstract void initialize(long seed);

    /**
     * What the network says, and its losses against annotations.
     *
     * @param direction the weights move along, if they do; not in training
     */
    abstract Judged judged(
            ImageBatch batch, List<GroundTruth> truths, boolean training, Sampling sampling, Direction direction);

    /** What the network says without annotations, stage by stage, batch norms in evaluation mode. */
    abstract List<OutputSignals> outputs(ImageBatch batch, Regions regions, Direction direction);

    /** The same in the shape that it has for other detectors too. */
    abstract List<RawOutputs> raw(List<Outputs> outputs);

    abstract List<List<Detection>> detect(ImageBatch batch);

    @Override
    public DetectorConfig config() {
        return config;
    }

    @Override
    public ParameterStore parameters() {
        return store;
    }

    @Override
    public FlatWeights weights() {
        return weights;
    }

    LossTensors losses(ImageBatch batch, List<GroundTruth> truths, boolean training, Sampling sampling) {
        return judged(batch, truths, training, sampling, Direction.NONE).losses();
    }

    /** The losses that {@link #losses(List)} measures, with the rates of change of what they judge. */
    Judged judged(List<Sample> batch, Direction direction) {
        return judged(images(batch), truths(batch), false, Sampling.EXPECTED, direction);
    }

    @Override
    public List<RawOutputs> rawOutputs(List<Sample> batch, Regions regions) {
        return raw(outputs(images(batch), regions, Direction.NONE).stream()
                .map(OutputSignals::values)
                .toList());
    }

    @Override
    public LossTensors losses(List<Sample> batch) {
        return losses(images(batch), truths(batch), false, Sampling.EXPECTED);
    }

    @Override
    public LossTensors trainingLosses(List<Sample> batch, long seed) {
        return losses(images(batch), truths(batch), true, Sampling.drawn(seed));
    }

    @Override
    public LossTensors fineTuningLosses(List<Sample> batch, long seed) {
        return losses(images(batch), truths(batch), false, Sampling.drawn(seed));
    }

    @Override
    public List<List<Detection>> detect(List<Sample> batch) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            return detect(images(batch));
        }
    }

    private static List<GroundTruth> truths(List<Sample> batch) {
        return batch.stream().map(Sample::truth).toList();
    }

    ImageBatch images(List<Sample> batch) {
        return ImageBatch.of(batch, config, store.type());
    }

    @Override
    public void close() {
        weights.close();
        store.close();
    }
}
