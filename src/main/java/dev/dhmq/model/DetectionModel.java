package dev.dhmq.model;

import dev.dhmq.model.network.FlatWeights;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.ParameterStore;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A detector on LibTorch: its parameters, its training losses, its raw outputs and its detections.
 *
 * <p>Owns its tensors until {@link #close()}. Not safe for use by several threads at once. Tensors it returns live in
 * the caller's {@code PointerScope}.
 */
public interface DetectionModel extends AutoCloseable {

    /** Architecture and input. */
    DetectorConfig config();

    /** All parameters and buffers by name. */
    ParameterStore parameters();

    /** The quantizable weights as one vector. */
    FlatWeights weights();

    /**
     * The training losses of a batch, to be measured: batch norms use their running statistics, and where training would
     * draw the boxes that count at random, these are the expectation over all draws. The same weights and images give
     * the same losses.
     *
     * <p>Which anchors and regions stand for which object, and which regions Faster R-CNN's first stage proposes, are
     * constants of the graph: derivatives hold them fixed, as torchvision's do.
     */
    LossTensors losses(List<Sample> batch);

    /**
     * The training losses of a batch, to be trained on: batch norms that are not frozen use and update the batch's
     * statistics, and the boxes that count are drawn from this seed.
     */
    LossTensors trainingLosses(List<Sample> batch, long seed);

    /**
     * The training losses of a batch, to fine-tune on: the boxes that count are drawn from this seed as in
     * {@link #trainingLosses}, but batch norms use their running statistics and leave them as they are.
     */
    LossTensors fineTuningLosses(List<Sample> batch, long seed);

    /** The regions that later stages of the detector look at in each image; none for a detector of one stage. */
    Regions regions(List<Sample> batch);

    /** Whether {@link #rawOutputs} can be had: not from every scripted detector. */
    default boolean hasRawOutputs() {
        return true;
    }

    /**
     * What the heads say of a batch, batch norms in evaluation mode.
     *
     * @param regions what later stages are to look at, as {@link #regions} gave for this batch
     */
    List<RawOutputs> rawOutputs(List<Sample> batch, Regions regions);

    /** Detections of each image, most confident first, in pixels of the sample. */
    List<List<Detection>> detect(List<Sample> batch);

    @Override
    void close();

    /**
     * Regions of a batch.
     *
     * @param boxes x1, y1, x2, y2 of every region of each image, in pixels of the sample
     */
    record Regions(List<double[]> boxes) {
        /** No stage looks at regions. */
        public static final Regions NONE = new Regions(List.of());
    }

    /**
     * Class logits and box deltas of one stage before any decision is made.
     *
     * @param stage whose they are
     * @param logits [places, classes]
     * @param deltas [places, 4], or [places, classes, 4] where every class has a box of its own
     * @param link how logits become probabilities
     */
    record RawOutputs(LossTensors.Stage stage, Tensor logits, Tensor deltas, Link link) {
        /** Every class by itself, or all of them together, the first being background. */
        public enum Link {
            SIGMOID,
            SOFTMAX
        }
    }
}
