package consumer;

import dev.dhmq.data.RgbImage;
import dev.dhmq.detect.DetectedObject;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Uses the library as a dependency: quantizes with the native kernels, saves, detects. */
public final class Consumer {
    private Consumer() {}

    /** Arguments: a detector's folder, and one for the quantized detector. */
    public static void main(String[] arguments) {
        Path quantized = Path.of(arguments[1]);
        try (DetectionModel model = DetectorCheckpoint.load(Path.of(arguments[0]));
                Backend backend = Backends.select(Backends.Choice.CPU)) {
            FakeQuantization.apply(model, backend, BitAssignment.uniform(model.weights().layout(), 6));
            DetectorCheckpoint.save(quantized, model, Map.of());
        }
        try (Detector detector = Detector.open(quantized, DetectorSettings.DEFAULT.withThreads(1))) {
            List<DetectedObject> found =
                    detector.detect(RgbImage.of(new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB)));
            System.out.println(Consumer.class.getModule() + " found " + found.size() + " objects");
        }
    }
}
