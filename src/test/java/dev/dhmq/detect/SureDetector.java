package dev.dhmq.detect;

import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;

/** A tiny detector that finds objects in noise: fresh ones find nothing, since they begin with scores of 0.01. */
public final class SureDetector {
    private static final String LOGITS = "head.classification_head.cls_logits.";

    private SureDetector() {}

    /** Writes one of this kind; only RetinaNet begins so unsure that it needs a change. */
    public static Path save(String kind, Path folder) {
        try (TorchvisionDetector tiny = TorchvisionDetector.create(TinyDetector.config(kind, TinyDetector.CLASSES));
                PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            tiny.initialize(1);
            tiny.parameters().parameters().forEach((name, values) -> {
                if (name.equals(LOGITS + "bias")) {
                    values.fill_(new Scalar(0.0));
                } else if (name.equals(LOGITS + "weight")) {
                    values.mul_(new Scalar(30.0));
                }
            });
            DetectorCheckpoint.save(folder, tiny, Map.of());
        }
        return folder;
    }
}
