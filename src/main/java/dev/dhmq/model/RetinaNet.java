package dev.dhmq.model;

import dev.dhmq.model.box.AnchorGrid;
import dev.dhmq.model.box.RetinaPostProcessor;
import dev.dhmq.model.network.FlatWeights;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.model.network.RetinaInitialization;
import dev.dhmq.model.network.RetinaLoss;
import dev.dhmq.model.network.RetinaNetwork;
import dev.dhmq.model.network.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** RetinaNet (Lin et al., 2017) with torchvision's names, anchors, losses and post-processing. */
public final class RetinaNet implements DetectionModel {
    private final DetectorConfig config;
    private final ParameterStore store;
    private final RetinaNetwork network;
    private final FlatWeights weights;
    private final AnchorGrid anchors;
    private final RetinaLoss loss;
    private final RetinaPostProcessor postProcessor;
    private final Tensor mean;
    private final Tensor std;

    /** A network of zeros in float32; {@link #initialize} or a checkpoint fills it. */
    public RetinaNet(DetectorConfig config) {
        this(config, torch.ScalarType.Float);
    }

    /** A network of zeros with this element type; float64 is for checks against references. */
    public RetinaNet(DetectorConfig config, torch.ScalarType type) {
        LibTorch.load();
        this.config = config;
        int classes = config.classes().size();
        try (PointerScope _ = new PointerScope()) {
            store = new ParameterStore(type);
            network = new RetinaNetwork(store, config);
            weights = new FlatWeights(store);
            mean = perChannel(config.mean(), type);
            std = perChannel(config.std(), type);
        }
        anchors = anchors(config);
        loss = new RetinaLoss(anchors, classes, type);
        postProcessor = new RetinaPostProcessor(anchors, classes, config.width(), config.height());
    }

    private static Tensor perChannel(List<Double> values, torch.ScalarType type) {
        double[] array = values.stream().mapToDouble(Double::doubleValue).toArray();
        Tensor tensor = Tensors.of(array, type, 1, 3, 1, 1);
        tensor.retainReference();
        return tensor;
    }

    private static AnchorGrid anchors(DetectorConfig config) {
        int levels = config.anchorSizes().size();
        int[] heights = new int[levels];
        int[] widths = new int[levels];
        // P3 has stride 8; every further level halves the one before, rounding up, as its strided convolution does.
        for (int level = 0; level < levels; level++) {
            heights[level] = level == 0 ? Math.ceilDiv(config.height(), 8) : Math.ceilDiv(heights[level - 1], 2);
            widths[level] = level == 0 ? Math.ceilDiv(config.width(), 8) : Math.ceilDiv(widths[level - 1], 2);
        }
        return AnchorGrid.over(
                config.height(), config.width(), heights, widths, config.anchorSizes(), config.aspectRatios());
    }

    /** Draws torchvision's starting weights from this seed. */
    public void initialize(long seed) {
        try (PointerScope _ = new PointerScope()) {
            RetinaInitialization.initialize(store, network, seed);
        }
    }

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

    @Override
    public LossTensors losses(List<Sample> batch, boolean training) {
        RetinaNetwork.Outputs outputs = network.forward(images(batch), training);
        return loss.losses(outputs, batch.stream().map(Sample::truth).toList());
    }

    @Override
    public RawOutputs rawOutputs(List<Sample> batch) {
        RetinaNetwork.Outputs outputs = network.forward(images(batch), false);
        return new RawOutputs(outputs.logits(), outputs.deltas());
    }

    @Override
    public List<List<Detection>> detect(List<Sample> batch) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            RawOutputs outputs = rawOutputs(batch);
            List<List<Detection>> detections = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                float[] logits = Tensors.floats(outputs.logits().select(0, i));
                float[] deltas = Tensors.floats(outputs.deltas().select(0, i));
                detections.add(postProcessor.detections(logits, deltas));
            }
            return detections;
        }
    }

    /** Normalised images, [N, 3, H, W]. */
    private Tensor images(List<Sample> batch) {
        int each = 3 * config.height() * config.width();
        float[] pixels = new float[batch.size() * each];
        for (int i = 0; i < batch.size(); i++) {
            Sample sample = batch.get(i);
            if (sample.width() != config.width() || sample.height() != config.height()) {
                throw new IllegalArgumentException("Image " + sample.name() + " is " + sample.width() + "x"
                        + sample.height() + ", but the network's input is " + config.width() + "x" + config.height()
                        + ".");
            }
            System.arraycopy(sample.pixels(), 0, pixels, i * each, each);
        }
        Tensor images = Tensors.of(pixels, store.type(), batch.size(), 3, config.height(), config.width());
        return images.sub(mean).div(std);
    }

    @Override
    public void close() {
        weights.close();
        store.close();
        mean.close();
        std.close();
    }
}
