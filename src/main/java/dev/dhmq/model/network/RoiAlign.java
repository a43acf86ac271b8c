package dev.dhmq.model.network;

import dev.dhmq.model.box.RoiAlignMatrix;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * RoIAlign over a feature pyramid, as torchvision's {@code MultiScaleRoIAlign}: each region is read from the level that
 * fits its size (Lin et al., 2017, equation 1), in 7 x 7 bins of 2 x 2 samples.
 *
 * <p>It is a product with a constant sparse matrix ({@link RoiAlignMatrix}), so it can be differentiated twice, which
 * torchvision's own cannot; and there are no temporaries that grow with regions times channels times samples.
 */
public final class RoiAlign {
    /** Bins of a region along each axis. */
    public static final int BINS = 7;

    /** Samples of a bin along each axis. */
    public static final int SAMPLING = 2;

    /** Levels regions are read from: P2 to P5. */
    public static final int LEVELS = 4;

    /** A region of this side, ImageNet's, is read from level 4. */
    private static final double CANONICAL_SIDE = 224;

    private static final int CANONICAL_LEVEL = 4;
    private static final int FIRST_LEVEL = 2;
    /** Regions a hair smaller than a level's limit belong to it, as in torchvision. */
    private static final double EPSILON = 1e-6;

    private RoiAlign() {}

    /**
     * The features of every region, image by image, [regions, C, 7, 7].
     *
     * @param levels P2 to P5, [N, C, H, W] each, at strides 4 to 32
     * @param regions x1, y1, x2, y2 of every region of each image, in input pixels
     */
    static Signal pool(List<Signal> levels, List<double[]> regions) {
        List<Signal> rows = new ArrayList<>();
        List<RoiAlignMatrix.FeatureMap> maps = new ArrayList<>();
        long places = 0;
        for (int level = 0; level < levels.size(); level++) {
            Tensor features = levels.get(level).value();
            int height = Math.toIntExact(features.size(2));
            int width = Math.toIntExact(features.size(3));
            maps.add(new RoiAlignMatrix.FeatureMap(places, height, width, scale(level)));
            rows.add(levels.get(level).linear(RoiAlign::rows));
            places += features.size(0) * height * width;
        }
        RoiAlignMatrix matrix = new RoiAlignMatrix(BINS, BINS, SAMPLING, false);
        for (int image = 0; image < regions.size(); image++) {
            double[] boxes = regions.get(image);
            for (int at = 0; at < boxes.length; at += 4) {
                RoiAlignMatrix.FeatureMap map = maps.get(level(boxes, at, maps.size()));
                matrix.add(boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3], ofImage(map, image));
            }
        }
        Signal features = Signal.concatenated(rows, 0);
        Tensor sparse = sparse(matrix, features.value());
        return features.linear(x -> apply(sparse, x, BINS, BINS));
    }

    private static RoiAlignMatrix.FeatureMap ofImage(RoiAlignMatrix.FeatureMap map, int image) {
        return new RoiAlignMatrix.FeatureMap(
                map.firstPlace() + (long) image * map.height() * map.width(), map.height(), map.width(), map.scale());
    }

    /** One row of channels for every place, [N H W, C]. */
    public static Tensor rows(Tensor features) {
        return features.permute(0, 2, 3, 1).reshape(-1, features.size(1));
    }

    /** A features, as [regions, C, bin rows, bin columns]. */
    public static Tensor apply(RoiAlignMatrix matrix, Tensor features, int binRows, int binColumns) {
        return apply(sparse(matrix, features), features, binRows, binColumns);
    }

    private static Tensor sparse(RoiAlignMatrix matrix, Tensor features) {
        long[] indices = matrix.indices();
        return torch.sparse_coo_tensor(
                Tensor.create(indices, 2, indices.length / 2),
                Tensors.of(matrix.values(), features.scalar_type(), indices.length / 2),
                new long[] {matrix.rows(), features.size(0)},
                new TensorOptions(features.scalar_type()),
                new BoolOptional(true));
    }

    private static Tensor apply(Tensor sparse, Tensor features, int binRows, int binColumns) {
        long channels = features.size(1);
        return torch.mm(sparse, features)
                .view(-1, (long) binRows * binColumns, channels)
                .permute(0, 2, 1)
                .reshape(-1, channels, binRows, binColumns);
    }

    /** Places of a level an input pixel; level 0 is P2. */
    public static double scale(int level) {
        return 1.0 / (1 << (FIRST_LEVEL + level));
    }

    /** The area from which on a region is read from this level, 1 or more, or a coarser one, in square pixels. */
    public static double leastArea(int level) {
        double side = CANONICAL_SIDE * Math.pow(2, FIRST_LEVEL + level - CANONICAL_LEVEL - EPSILON);
        return side * side;
    }

    private static int level(double[] boxes, int at, int levels) {
        double area = (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1]);
        double level = Math.floor(CANONICAL_LEVEL + Math.log(Math.sqrt(area) / CANONICAL_SIDE) / Math.log(2) + EPSILON);
        return (int) Math.clamp(level - FIRST_LEVEL, 0, levels - 1);
    }
}
