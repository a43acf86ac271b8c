package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import java.util.List;

/**
 * Images with their objects, all at one size: what training, calibration and evaluation read from.
 *
 * <p>Samples may be asked for in any order and by several threads at once. The same index always gives the same sample.
 */
public interface SampleSource {
    /** Number of samples. */
    int size();

    /** The sample at this index, from 0 to {@code size() - 1}, loaded or made anew. */
    Sample sample(int index);

    /** What the labels of all samples mean. */
    List<DetectorConfig.Category> classes();
}
