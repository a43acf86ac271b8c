package dev.dhmq.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.LibTorch;
import dev.dhmq.model.box.RoiAlignMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RoIAlign as a sparse matrix against its definition, sample by sample, in float64. */
class RoiAlignTest {
    private static final int CHANNELS = 3;
    private static final int HEIGHT = 9;
    private static final int WIDTH = 11;
    private static final double SCALE = 0.25;

    /** How a test pools. */
    private record Pooling(int binRows, int binColumns, int sampling, boolean aligned) {}

    @BeforeAll
    static void load() {
        LibTorch.load();
    }

    @ParameterizedTest
    @CsvSource({"7, 7, 2, false", "7, 7, 2, true", "3, 5, 0, false", "3, 5, 0, true", "1, 1, 1, false"})
    void poolingIsTheMeanOfBilinearSamples(int binRows, int binColumns, int sampling, boolean aligned) {
        Pooling pooling = new Pooling(binRows, binColumns, sampling, aligned);
        double[] features = random(2 * CHANNELS * HEIGHT * WIDTH, 1);
        List<double[]> regions = regions();
        RoiAlignMatrix matrix = new RoiAlignMatrix(binRows, binColumns, sampling, aligned);
        for (double[] region : regions) {
            long firstPlace = ((long) region[0]) * HEIGHT * WIDTH;
            matrix.add(
                    region[1],
                    region[2],
                    region[3],
                    region[4],
                    new RoiAlignMatrix.FeatureMap(firstPlace, HEIGHT, WIDTH, SCALE));
        }
        try (PointerScope _ = new PointerScope()) {
            Tensor input = Tensor.create(features, 2, CHANNELS, HEIGHT, WIDTH);
            double[] pooled = Tensors.doubles(RoiAlign.apply(matrix, RoiAlign.rows(input), binRows, binColumns));
            int at = 0;
            for (double[] region : regions) {
                for (int channel = 0; channel < CHANNELS; channel++) {
                    for (int bin = 0; bin < binRows * binColumns; bin++) {
                        assertThat(pooled[at++])
                                .isCloseTo(defined(features, region, channel, bin, pooling), within(1e-12));
                    }
                }
            }
        }
    }

    /** torchvision's definition, one bin of one channel. */
    private static double defined(double[] features, double[] region, int channel, int bin, Pooling pooling) {
        double offset = pooling.aligned() ? 0.5 : 0;
        double x = region[1] * SCALE - offset;
        double y = region[2] * SCALE - offset;
        double width = region[3] * SCALE - offset - x;
        double height = region[4] * SCALE - offset - y;
        if (!pooling.aligned()) {
            width = Math.max(width, 1);
            height = Math.max(height, 1);
        }
        double binWidth = width / pooling.binColumns();
        double binHeight = height / pooling.binRows();
        int rows = pooling.sampling() > 0 ? pooling.sampling() : Math.max(1, (int) Math.ceil(binHeight));
        int columns = pooling.sampling() > 0 ? pooling.sampling() : Math.max(1, (int) Math.ceil(binWidth));
        int binRow = bin / pooling.binColumns();
        int binColumn = bin % pooling.binColumns();
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double atY = y + binHeight * (binRow + (i + 0.5) / rows);
                double atX = x + binWidth * (binColumn + (j + 0.5) / columns);
                sum += bilinear(features, ((int) region[0]) * CHANNELS + channel, atY, atX);
            }
        }
        return sum / (rows * columns);
    }

    private static double bilinear(double[] features, int plane, double y, double x) {
        if (y < -1 || y > HEIGHT || x < -1 || x > WIDTH) {
            return 0;
        }
        double yy = Math.min(Math.max(y, 0), HEIGHT - 1);
        double xx = Math.min(Math.max(x, 0), WIDTH - 1);
        int low = (int) yy;
        int left = (int) xx;
        int high = Math.min(low + 1, HEIGHT - 1);
        int right = Math.min(left + 1, WIDTH - 1);
        double fy = yy - low;
        double fx = xx - left;
        return (1 - fy) * ((1 - fx) * at(features, plane, low, left) + fx * at(features, plane, low, right))
                + fy * ((1 - fx) * at(features, plane, high, left) + fx * at(features, plane, high, right));
    }

    private static double at(double[] features, int plane, int y, int x) {
        return features[(plane * HEIGHT + y) * WIDTH + x];
    }

    /** The exact product of double backward against a central difference of gradients. */
    @Test
    void itCanBeDifferentiatedTwice() {
        try (PointerScope _ = new PointerScope()) {
            Tensor input = Tensor.create(random(2 * CHANNELS * HEIGHT * WIDTH, 2), 2, CHANNELS, HEIGHT, WIDTH);
            Tensor direction = Tensor.create(random(2 * CHANNELS * HEIGHT * WIDTH, 3), 2, CHANNELS, HEIGHT, WIDTH);
            input.requires_grad_(true);

            Tensor gradient = gradient(loss(input), input, true);
            Tensor product = gradient(gradient.mul(direction).sum(), input, false);

            double step = 1e-5;
            Tensor ahead = moved(input, direction, step);
            Tensor behind = moved(input, direction, -step);
            Tensor difference = gradient(loss(ahead), ahead, false)
                    .sub(gradient(loss(behind), behind, false))
                    .div(new Scalar(2 * step));
            // The third derivative times step squared, and rounding over step.
            assertThat(difference.sub(product).abs().max().item_double()).isLessThan(1e-8);
            assertThat(product.abs().max().item_double()).isGreaterThan(0.1);
        }
    }

    private static Tensor moved(Tensor from, Tensor direction, double step) {
        Tensor moved = from.detach().add(direction, new Scalar(step));
        moved.requires_grad_(true);
        return moved;
    }

    private static Tensor loss(Tensor features) {
        List<double[]> boxes = List.of(new double[] {1, 2, 30, 25, -8, 3, 12, 60}, new double[] {20, 10, 22, 11});
        return pool(List.of(features, features, features, features), boxes)
                .sin()
                .sum();
    }

    private static Tensor gradient(Tensor of, Tensor input, boolean differentiable) {
        return torch.grad(
                        new TensorVector(of),
                        new TensorVector(input),
                        new TensorVector(),
                        new BoolOptional(differentiable),
                        differentiable,
                        false)
                .get(0);
    }

    /** Regions are read from the level torchvision reads them from: 224 pixels of side from the third of four. */
    @Test
    void largerRegionsAreReadFromCoarserLevels() {
        try (PointerScope _ = new PointerScope()) {
            List<Tensor> levels = new ArrayList<>();
            for (int level = 0; level < 4; level++) {
                levels.add(torch.full(new long[] {1, 1, 256 >> level, 256 >> level}, new Scalar(level + 1.0)));
            }
            double[] sides = {10, 111, 112, 223, 224, 447, 448, 900};
            double[] boxes = new double[4 * sides.length];
            for (int i = 0; i < sides.length; i++) {
                boxes[4 * i + 2] = sides[i];
                boxes[4 * i + 3] = sides[i];
            }

            Tensor pooled = pool(levels, List.of(boxes));

            assertThat(Tensors.doubles(pooled.select(2, 3).select(2, 3)))
                    .containsExactly(new double[] {1, 1, 2, 2, 3, 3, 4, 4}, within(1e-6));
        }
    }

    @Test
    void noRegionsGiveNoFeatures() {
        try (PointerScope _ = new PointerScope()) {
            Tensor features = torch.ones(new long[] {1, CHANNELS, HEIGHT, WIDTH});

            Tensor pooled = pool(List.of(features), List.of(new double[0]));

            assertThat(Tensors.shape(pooled)).containsExactly(0, CHANNELS, 7, 7);
        }
    }

    private static Tensor pool(List<Tensor> levels, List<double[]> regions) {
        return RoiAlign.pool(
                        levels.stream()
                                .map(level -> Signal.input(level, Direction.NONE))
                                .toList(),
                        regions)
                .value();
    }

    private static List<double[]> regions() {
        SplittableRandom random = new SplittableRandom(7);
        List<double[]> regions = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            // Some reach out of the picture, some lie outside, some are thinner than a place.
            double x = random.nextDouble(-15, 50);
            double y = random.nextDouble(-15, 42);
            double side = random.nextDouble();
            regions.add(new double[] {i % 2, x, y, x + 40 * side * side, y + 40 * side * random.nextDouble()});
        }
        return regions;
    }

    private static double[] random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return random.doubles(count, -1, 1).toArray();
    }
}
