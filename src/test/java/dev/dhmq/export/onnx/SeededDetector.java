package dev.dhmq.export.onnx;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Small detectors that find something in noise: norms with all signs and statistics, biases, confident scores. */
final class SeededDetector {
    private SeededDetector() {}

    static DetectorConfig config(String detector, String backbone, Resize resize) {
        return new DetectorConfig(
                detector,
                backbone,
                8,
                8,
                TinyDetector.CLASSES,
                96,
                64,
                resize,
                List.of(16, 32, 64, 128, 256),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                DetectorConfig.BatchNorms.TRAINED,
                new RegionSettings(50, 20, 50, 40, 64, 0.5, 16, 0.25, 24));
    }

    /** The caller closes it. */
    static TorchvisionDetector create(DetectorConfig config, long seed) {
        TorchvisionDetector model = TorchvisionDetector.create(config);
        model.initialize(seed);
        Random random = new Random(seed);
        model.parameters().state().forEach((name, tensor) -> {
            if (name.endsWith(".running_var")) {
                fill(tensor, 1, 0.3, random);
            } else if (name.endsWith(".running_mean") || name.endsWith(".bias")) {
                fill(tensor, 0, 0.2, random);
            } else if (tensor.dim() == 1) {
                fill(tensor, random.nextInt(4) == 0 ? -1 : 1, 0.2, random); // a norm's scale
            } else if (name.contains("cls_logits") || name.contains("cls_score")) {
                fill(tensor, 0, 0.3, random);
            } else if (name.contains("head.conv") || name.contains("_head.conv")) {
                fill(tensor, 0, 0.3, random); // or the features would not reach the outputs
            } else if (name.contains("bbox_reg")) {
                fill(tensor, 0, 0.05, random);
            }
        });
        return model;
    }

    private static void fill(Tensor tensor, double middle, double spread, Random random) {
        float[] values = new float[Math.toIntExact(tensor.numel())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (middle + spread * random.nextDouble(-1, 1));
        }
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            tensor.copy_(Tensor.create(values, tensor.sizes().vec().get()));
        }
    }

    /** Makes a detector sure that there is nothing. */
    static void silence(TorchvisionDetector model) {
        model.parameters().state().forEach((name, tensor) -> {
            if (name.endsWith("cls_logits.bias") && name.startsWith("head.")) {
                fill(tensor, -50, 0, new Random(1));
            } else if (name.endsWith("cls_score.bias")) {
                try (PointerScope _ = new PointerScope();
                        NoGradGuard _ = new NoGradGuard()) {
                    tensor.select(0, 0).fill_(new Scalar(50.0)); // background
                }
            }
        });
    }
}
