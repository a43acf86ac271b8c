package dev.dhmq.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A RetinaNet small enough for unit tests, and random samples for it. */
public final class TinyDetector {
    public static final List<DetectorConfig.Category> CLASSES =
            List.of(new DetectorConfig.Category(1, "disc"), new DetectorConfig.Category(4, "square"));

    private TinyDetector() {}

    public static DetectorConfig config() {
        return config(DetectorConfig.RETINANET, CLASSES);
    }

    /** Of either kind, for images of 96x64. */
    public static DetectorConfig config(String detector, List<DetectorConfig.Category> classes) {
        return new DetectorConfig(
                detector,
                "resnet18",
                8,
                8,
                classes,
                96,
                64,
                Resize.STRETCH,
                List.of(16, 32, 64, 128, 256),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                DetectorConfig.BatchNorms.TRAINED,
                detector.equals(DetectorConfig.FASTER_RCNN)
                        ? new RegionSettings(50, 20, 50, 40, 64, 0.5, 16, 0.25, 24)
                        : RegionSettings.TORCHVISION);
    }

    /** A Faster R-CNN with starting weights drawn from this seed. */
    public static FasterRcnn createFasterRcnn(long seed) {
        FasterRcnn model = new FasterRcnn(config(DetectorConfig.FASTER_RCNN, CLASSES));
        model.initialize(seed);
        return model;
    }

    /** A network with starting weights drawn from this seed. */
    public static RetinaNet create(long seed) {
        RetinaNet model = new RetinaNet(config());
        model.initialize(seed);
        return model;
    }

    public static List<Sample> samples(int count, long seed) {
        Random random = new Random(seed);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] pixels = new float[3 * 64 * 96];
            for (int k = 0; k < pixels.length; k++) {
                pixels[k] = random.nextFloat();
            }
            float x = random.nextFloat() * 50;
            float y = random.nextFloat() * 30;
            GroundTruth truth = new GroundTruth(
                    new float[] {x, y, x + 12 + random.nextFloat() * 20, y + 12 + random.nextFloat() * 20, 1, 1, 20, 20
                    },
                    new int[] {random.nextInt(2), random.nextInt(2)});
            samples.add(new Sample("sample-" + i + ".png", pixels, 64, 96, truth));
        }
        return samples;
    }
}
