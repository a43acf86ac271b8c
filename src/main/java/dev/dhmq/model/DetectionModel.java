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
     * The training losses of a batch, each the mean over its images.
     *
     * @param training whether batch norms use and update the batch's statistics
     */
    LossTensors losses(List<Sample> batch, boolean training);

    /** What the heads say of a batch, batch norms in evaluation mode. */
    RawOutputs rawOutputs(List<Sample> batch);

    /** Detections of each image, most confident first, in pixels of the network's input. */
    List<List<Detection>> detect(List<Sample> batch);

    @Override
    void close();

    /**
     * Class logits and box deltas before any decision is made.
     *
     * @param logits [N, places, classes]
     * @param deltas [N, places, 4]
     */
    record RawOutputs(Tensor logits, Tensor deltas) {}
}
