package dev.dhmq.detect;

import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import java.util.List;

/**
 * What a {@link Detector} runs its network on: LibTorch ({@link LibTorchEngine}), ONNX Runtime ({@link
 * OnnxRuntimeEngine}), or another one.
 *
 * <p>Safe for use by several threads at once. After {@link #close()}, which the detector calls once no call is under way, it is
 * not used any more.
 */
public interface DetectionEngine extends AutoCloseable {

    /** The detector's classes and input. */
    DetectorConfig config();

    /** What runs, in a few words for logs. */
    String description();

    /**
     * Objects in pictures that have the network's input size already, as {@link dev.dhmq.model.Resize} says.
     *
     * @param batch at least one; without annotations
     * @return for each picture its objects, most confident first, in pixels of the sample
     * @throws dev.dhmq.InvalidInputException where the engine takes no pictures of this size
     * @throws java.util.concurrent.CancellationException where the calling thread is interrupted while it waits
     */
    List<List<Detection>> detect(List<Sample> batch);

    @Override
    void close();
}
