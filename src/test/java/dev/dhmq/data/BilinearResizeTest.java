package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BilinearResizeTest {
    @Test
    void doublingPutsCentresAtQuarters() {
        // Centres of the 4 new columns lie at -0.25 (clamped to 0), 0.25, 0.75 and 1.25 (the last pixel) of the 2 old
        // ones.
        assertThat(row(new float[] {0, 1}, 4)).containsExactly(0, 0.25f, 0.75f, 1);
    }

    @Test
    void shrinkingByThreeTakesEveryThirdPixelWithoutSmoothing() {
        // Centres at 1 and 4: without antialiasing the neighbours do not count.
        assertThat(row(new float[] {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f}, 2)).containsExactly(0.2f, 0.5f);
    }

    @Test
    void shrinkingByAnOddRatioInterpolates() {
        // 5 to 3: scale 5/3, centres at 1/3, 2 and 11/3.
        float[] small = row(new float[] {0, 0.3f, 0.6f, 0.3f, 0}, 3);
        assertThat(small[0]).isCloseTo(0.1f, within(1e-6f));
        assertThat(small[1]).isCloseTo(0.6f, within(1e-6f));
        assertThat(small[2]).isCloseTo(0.1f, within(1e-6f));
    }

    @Test
    void rowsAndColumnsMixInTwoDimensions() {
        RgbImage from = new RgbImage(new float[] {0, 1, 0.5f, 0.25f, 0, 0, 0, 0, 1, 1, 1, 1}, 2, 2);
        RgbImage one = BilinearResize.resize(from, 1, 1);
        // The centre of the one pixel lies between all four: their mean, in each plane.
        assertThat(one.planes()).containsExactly(0.4375f, 0, 1);
        RgbImage wide = BilinearResize.resize(from, 4, 2);
        assertThat(wide.planes()).startsWith(0, 0.25f, 0.75f, 1, 0.5f, 0.4375f, 0.3125f, 0.25f, 0);
    }

    @ParameterizedTest
    @CsvSource({"640,480,256,192", "31,57,64,32", "1,1,5,3", "97,3,13,11"})
    void agreesWithTheDefinitionInDouble(int width, int height, int toWidth, int toHeight) {
        long seed = 31L * width + toWidth;
        SplittableRandom random = new SplittableRandom(seed);
        float[] planes = new float[3 * width * height];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = (float) random.nextDouble();
        }
        RgbImage small = BilinearResize.resize(new RgbImage(planes, width, height), toWidth, toHeight);
        for (int plane = 0; plane < 3; plane++) {
            for (int y = 0; y < toHeight; y++) {
                for (int x = 0; x < toWidth; x++) {
                    double expected = interpolate(
                            planes,
                            plane * width * height,
                            width,
                            height,
                            (x + 0.5) * width / toWidth - 0.5,
                            (y + 0.5) * height / toHeight - 0.5);
                    // Positions up to 640 in float are off by up to 3e-5, and values change by at most 1 a pixel.
                    assertThat((double) small.planes()[(plane * toHeight + y) * toWidth + x])
                            .as("seed %d plane %d row %d column %d", seed, plane, y, x)
                            .isCloseTo(expected, within(1e-4));
                }
            }
        }
    }

    private static double interpolate(float[] planes, int offset, int width, int height, double x, double y) {
        double cx = Math.clamp(x, 0, width - 1);
        double cy = Math.clamp(y, 0, height - 1);
        int x0 = (int) cx;
        int y0 = (int) cy;
        int x1 = Math.min(x0 + 1, width - 1);
        int y1 = Math.min(y0 + 1, height - 1);
        double fx = cx - x0;
        double fy = cy - y0;
        return (1 - fy) * ((1 - fx) * planes[offset + y0 * width + x0] + fx * planes[offset + y0 * width + x1])
                + fy * ((1 - fx) * planes[offset + y1 * width + x0] + fx * planes[offset + y1 * width + x1]);
    }

    private static float[] row(float[] values, int width) {
        float[] planes = new float[3 * values.length];
        System.arraycopy(values, 0, planes, 0, values.length);
        RgbImage small = BilinearResize.resize(new RgbImage(planes, values.length, 1), width, 1);
        return java.util.Arrays.copyOf(small.planes(), width);
    }
}
