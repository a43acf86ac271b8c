package dev.dhmq.detect;

import dev.dhmq.export.onnx.OnnxExport;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import java.nio.file.Path;

/** Exports of tiny detectors that find objects in noise. */
public final class OnnxFiles {
    private OnnxFiles() {}

    /** The detector of a folder for images of the network's size. */
    public static Path export(Path model, Path file) {
        try (DetectionModel detector = DetectorCheckpoint.load(model)) {
            OnnxExport.of(detector)
                    .write(file, detector.config().width(), detector.config().height());
        }
        return file;
    }

    /** The same for images of any size. */
    public static Path exportForAnySize(Path model, Path file) {
        try (DetectionModel detector = DetectorCheckpoint.load(model)) {
            OnnxExport.of(detector).writeForAnySize(file);
        }
        return file;
    }
}
