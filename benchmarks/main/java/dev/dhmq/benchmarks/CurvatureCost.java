package dev.dhmq.benchmarks;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.LibTorch;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TaskObjective;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.DeviceVector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Times a gradient and an exact Hessian-vector product of the training loss of a ResNet-50 detector for COCO's classes on
 * one image of random pixels, and reads the process's peak memory; {@code benchmarks/curvature.sh} runs it.
 */
public final class CurvatureCost {
    private static final int ROUNDS = 3;
    private static final int COCO_LABELS = 91;

    private CurvatureCost() {}

    /** Arguments: the detector and the side of its image in pixels. */
    public static void main(String[] arguments) throws IOException {
        int side = Integer.parseInt(arguments[1]);
        DetectorConfig config = new DetectorConfig(
                arguments[0],
                "resnet50",
                64,
                256,
                IntStream.range(0, COCO_LABELS)
                        .mapToObj(id -> new DetectorConfig.Category(id, "label" + id))
                        .toList(),
                side,
                side,
                List.of(32, 64, 128, 256, 512),
                List.of(0.5, 1.0, 2.0));
        LibTorch.setThreads(Runtime.getRuntime().availableProcessors());
        try (TorchvisionDetector model = TorchvisionDetector.create(config);
                Backend backend = Backends.select(Backends.Choice.CPU)) {
            model.initialize(1);
            try (TaskObjective objective = new TaskObjective(model, backend, List.of(sample(side)), 1)) {
                measure(arguments[0], side, objective, backend);
            }
        }
    }

    private static void measure(String detector, int side, TaskObjective objective, Backend backend)
            throws IOException {
        double[] gradients = new double[ROUNDS];
        double[] products = new double[ROUNDS];
        long size = objective.layout().size();
        try (DeviceVector probe = backend.allocate(size);
                DeviceVector result = backend.allocate(size)) {
            backend.fillRademacher(1, 0, probe);
            for (int round = 0; round < ROUNDS; round++) {
                gradients[round] = seconds(() -> objective.lossAndGradient(TaskWeights.EQUAL, result));
                products[round] = seconds(() -> objective.hessianVectorProduct(TaskWeights.EQUAL, probe, result));
            }
        }
        double gradient = median(gradients);
        double product = median(products);
        System.out.printf(
                Locale.ROOT,
                "| %s-resnet50 | %dx%d | %.1f | %.1f | %.2f | %.2f |%n",
                detector,
                side,
                side,
                gradient,
                product,
                product / gradient,
                peakBytes() / 1e9);
    }

    private static Sample sample(int side) {
        SplittableRandom random = new SplittableRandom(1);
        float[] pixels = new float[3 * side * side];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        float[] boxes = {0.1f, 0.1f, 0.4f, 0.5f, 0.5f, 0.3f, 0.9f, 0.9f};
        for (int i = 0; i < boxes.length; i++) {
            boxes[i] *= side;
        }
        return new Sample("random", pixels, side, side, new GroundTruth(boxes, new int[] {1, 2}));
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The most memory the process has had resident, heap of the JVM included. */
    private static long peakBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return 1024 * Long.parseLong(line.replaceAll("\\D+", ""));
            }
        }
        throw new IOException("This system does not say how much memory a process has had.");
    }
}
