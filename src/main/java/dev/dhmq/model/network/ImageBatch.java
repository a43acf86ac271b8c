package dev.dhmq.model.network;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import dev.dhmq.model.box.ImageArea;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Images as a network takes them: normalised, in the top left corner of one common size, with zeros around.
 *
 * @param images [N, 3, height, width]
 * @param height rows with padding
 * @param width columns with padding
 * @param areas the part of it that each image covers
 */
public record ImageBatch(Tensor images, int height, int width, List<ImageArea> areas) {
    /** The pyramid's coarsest level that must have whole cells, C5, has this stride. */
    private static final int STRIDE = 32;

    /** Normalises and pads. Every sample must fit the network's input as {@link Resize} says. */
    public static ImageBatch of(List<Sample> samples, DetectorConfig config, torch.ScalarType type) {
        samples.forEach(sample -> requireFit(sample, config));
        boolean padded = config.resize() == Resize.SHORTER_SIDE;
        int height = padded ? common(samples.stream().mapToInt(Sample::height).toArray()) : config.height();
        int width = padded ? common(samples.stream().mapToInt(Sample::width).toArray()) : config.width();
        float[] pixels = new float[samples.size() * 3 * height * width];
        for (int i = 0; i < samples.size(); i++) {
            copy(samples.get(i), config, pixels, i, height, width);
        }
        Tensor images = Tensors.of(pixels, type, samples.size(), 3, height, width)
                .sub(perChannel(config.mean(), type))
                .div(perChannel(config.std(), type));
        List<ImageArea> areas = samples.stream()
                .map(sample -> new ImageArea(sample.width(), sample.height()))
                .toList();
        return new ImageBatch(images, height, width, areas);
    }

    /** The images as they go into a network whose weights move so. */
    public Signal input(Direction direction) {
        return Signal.input(images, direction);
    }

    private static void requireFit(Sample sample, DetectorConfig config) {
        boolean fits = switch (config.resize()) {
            case NONE -> false;
            case STRETCH -> sample.width() == config.width() && sample.height() == config.height();
            case LETTERBOX -> sample.width() <= config.width() && sample.height() <= config.height();
            case SHORTER_SIDE -> Math.max(sample.width(), sample.height()) <= config.width();
        };
        if (!fits) {
            throw new IllegalArgumentException("Image " + sample.name() + " is " + sample.width() + "x"
                    + sample.height() + ", but the network's input is " + config.width() + "x" + config.height() + ".");
        }
    }

    private static int common(int[] sides) {
        return Math.ceilDiv(Arrays.stream(sides).max().orElseThrow(), STRIDE) * STRIDE;
    }

    private static void copy(Sample sample, DetectorConfig config, float[] pixels, int image, int height, int width) {
        for (int channel = 0; channel < 3; channel++) {
            int plane = (image * 3 + channel) * height * width;
            if (sample.height() < height || sample.width() < width) {
                // The mean becomes exactly 0 when it is subtracted.
                Arrays.fill(
                        pixels,
                        plane,
                        plane + height * width,
                        config.mean().get(channel).floatValue());
            }
            for (int y = 0; y < sample.height(); y++) {
                System.arraycopy(
                        sample.pixels(),
                        (channel * sample.height() + y) * sample.width(),
                        pixels,
                        plane + y * width,
                        sample.width());
            }
        }
    }

    private static Tensor perChannel(List<Double> values, torch.ScalarType type) {
        double[] array = values.stream().mapToDouble(Double::doubleValue).toArray();
        return Tensors.of(array, type, 1, 3, 1, 1);
    }
}
