package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The oracle itself: what people's models were trained with. */
class BilinearResizeTorchTest {
    @ParameterizedTest
    @CsvSource({"640,480,256,192", "31,57,64,32", "500,333,320,320", "97,3,13,11"})
    void agreesWithTorch(int width, int height, int toWidth, int toHeight) {
        long seed = 17L * width + toWidth;
        SplittableRandom random = new SplittableRandom(seed);
        float[] planes = new float[3 * width * height];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = (float) random.nextDouble();
        }
        float[] small = BilinearResize.resize(new RgbImage(planes, width, height), toWidth, toHeight)
                .planes();
        float[] expected = new float[small.length];
        try (PointerScope _ = new PointerScope()) {
            Tensor picture = Tensor.create(planes, 1, 3, height, width);
            torch.upsample_bilinear2d(picture, new long[] {toHeight, toWidth}, false)
                    .contiguous()
                    .data_ptr_float()
                    .get(expected);
        }
        for (int i = 0; i < small.length; i++) {
            // Where torch's processor fuses multiply and add, its positions differ in the last bit, which is 6e-5 of a
            // pixel
            // at 640; neighbours differ by at most 1.
            assertThat(small[i]).as("seed %d value %d", seed, i).isCloseTo(expected[i], within(6.2e-5f));
        }
    }
}
