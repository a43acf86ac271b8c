package consumer;

import dev.dhmq.data.RgbImage;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/** Counts what a detector finds in a black picture. */
public final class Counter {
    private Counter() {}

    /** Argument: a detector's folder, or an exported file. */
    public static void main(String[] arguments) {
        try (Detector detector = Detector.open(Path.of(arguments[0]), DetectorSettings.DEFAULT.withThreads(1))) {
            int found = detector.detect(RgbImage.of(new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB)))
                    .size();
            System.out.println(Counter.class.getModule() + " counted " + found + " objects");
        }
    }
}
