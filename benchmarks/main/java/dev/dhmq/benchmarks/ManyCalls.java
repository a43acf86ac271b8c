package dev.dhmq.benchmarks;

import dev.dhmq.data.RgbImage;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import dev.dhmq.export.onnx.OnnxExport;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import dev.dhmq.model.TorchvisionDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** Calls a tiny detector very often and prints what memory the process takes on the way; {@code benchmarks/leak.sh} runs it. */
public final class ManyCalls {
    private static final int WIDTH = 96;
    private static final int HEIGHT = 64;

    /** Pictures that are asked for in turns. */
    private static final int PICTURES = 16;

    private static final int LINES = 20;

    private ManyCalls() {}

    /** Arguments: {@code libtorch} or {@code onnxruntime}, how many calls, an empty folder for the detector. */
    public static void main(String[] arguments) throws IOException {
        boolean onnx = arguments[0].equals("onnxruntime");
        int calls = Integer.parseInt(arguments[1]);
        Path model = save(Path.of(arguments[2]), onnx);
        try (Detector detector = Detector.open(model, DetectorSettings.DEFAULT.withThreads(1))) {
            System.out.println("| calls on " + arguments[0]
                    + " | resident memory, MiB | of it Java's heap, MiB | objects a call |");
            System.out.println("|---|---|---|---|");
            call(detector, calls);
        }
    }

    /** A Faster R-CNN with starting weights, which finds something in noise. */
    private static Path save(Path folder, boolean onnx) {
        DetectorConfig config = new DetectorConfig(
                DetectorConfig.FASTER_RCNN,
                "resnet18",
                8,
                8,
                List.of(new DetectorConfig.Category(1, "disc"), new DetectorConfig.Category(2, "square")),
                WIDTH,
                HEIGHT,
                Resize.STRETCH,
                List.of(16, 32, 64, 128, 256),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                DetectorConfig.BatchNorms.TRAINED,
                new RegionSettings(50, 20, 50, 40, 64, 0.5, 16, 0.25, 24));
        try (TorchvisionDetector model = TorchvisionDetector.create(config)) {
            model.initialize(1);
            if (!onnx) {
                DetectorCheckpoint.save(folder, model, Map.of());
                return folder;
            }
            Path file = folder.resolve("tiny.onnx");
            OnnxExport.of(model).write(file, WIDTH, HEIGHT);
            return file;
        }
    }

    private static void call(Detector detector, int calls) throws IOException {
        List<RgbImage> pictures = new SplittableRandom(1)
                .splits(PICTURES)
                .map(random -> {
                    float[] planes = new float[3 * WIDTH * HEIGHT];
                    for (int i = 0; i < planes.length; i++) {
                        planes[i] = random.nextInt(256) / 255f;
                    }
                    return new RgbImage(planes, WIDTH, HEIGHT);
                })
                .toList();
        int every = Math.max(1, calls / LINES);
        long found = 0;
        for (int i = 1; i <= calls; i++) {
            found += detector.detect(pictures.get(i % PICTURES)).size();
            if (i % every == 0 || i == every / 10) {
                System.gc(); // or the line would show what garbage happens to lie about
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %d | %d | %.1f |%n",
                        i,
                        residentMebibytes(),
                        Runtime.getRuntime().totalMemory() >> 20,
                        (double) found / i);
            }
        }
    }

    private static long residentMebibytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
            }
        }
        throw new IOException("/proc/self/status does not tell the resident memory (VmRSS).");
    }
}
