package dev.dhmq.detect;

import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import java.util.List;

/** Finds nothing, whatever it is shown. */
final class EmptyEngine implements DetectionEngine {
    @Override
    public DetectorConfig config() {
        return TinyDetector.config();
    }

    @Override
    public String description() {
        return "nothing";
    }

    @Override
    public List<List<Detection>> detect(List<Sample> batch) {
        return batch.stream().map(_ -> List.<Detection>of()).toList();
    }

    @Override
    public void close() {}
}
