package dev.dhmq.model.script;

import dev.dhmq.model.LibTorch;
import dev.dhmq.model.box.NonMaximumSuppression;
import dev.dhmq.model.box.RoiAlignMatrix;
import dev.dhmq.model.network.RoiAlign;
import dev.dhmq.model.network.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The operators of torchvision that scripted detectors call and LibTorch lacks: {@code torchvision::nms} and {@code
 * torchvision::roi_align}.
 *
 * <p>They are registered as compositions of LibTorch's own operators, not as kernels, so gradients of any order flow
 * through {@code roi_align} without more ado; torchvision's own has a first derivative only.
 */
final class VisionOperators {
    private static boolean registered;

    private VisionOperators() {}

    /** Registers the operators, once in a process. */
    static synchronized void register() {
        if (registered) {
            return;
        }
        LibTorch.load();
        OperatorLibrary torchvision = new OperatorLibrary("torchvision");
        torchvision.define(
                "nms",
                "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                arguments -> nms(arguments.tensor(0), arguments.tensor(1), arguments.real(2)));
        torchvision.define(
                "roi_align",
                "(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width,"
                        + " int sampling_ratio, bool aligned) -> Tensor",
                arguments -> roiAlign(
                        arguments.tensor(0),
                        arguments.tensor(1),
                        arguments.real(2),
                        Math.toIntExact(arguments.integer(3)),
                        Math.toIntExact(arguments.integer(4)),
                        Math.toIntExact(arguments.integer(5)),
                        arguments.bool(6)));
        registered = true;
    }

    /** Indices of the boxes that stay, most confident first, int64. */
    private static Tensor nms(Tensor boxes, Tensor scores, double iouThreshold) {
        try (NoGradGuard _ = new NoGradGuard()) {
            int[] groups = new int[Math.toIntExact(scores.numel())];
            int[] kept = NonMaximumSuppression.apply(
                    Tensors.doubles(boxes), Tensors.doubles(scores), groups, iouThreshold, groups.length);
            return Tensors.indices(Arrays.stream(kept).asLongStream().toArray());
        }
    }

    /**
     * Pooled features, [K, C, rows, columns].
     *
     * @param features [N, C, H, W]
     * @param regions [K, 5]: image, x1, y1, x2, y2
     */
    private static Tensor roiAlign(
            Tensor features, Tensor regions, double scale, int binRows, int binColumns, int sampling, boolean aligned) {
        int height = Math.toIntExact(features.size(2));
        int width = Math.toIntExact(features.size(3));
        RoiAlignMatrix matrix = new RoiAlignMatrix(binRows, binColumns, Math.max(0, sampling), aligned);
        double[] values = Tensors.doubles(regions);
        for (int at = 0; at < values.length; at += 5) {
            RoiAlignMatrix.FeatureMap map =
                    new RoiAlignMatrix.FeatureMap(((long) values[at]) * height * width, height, width, scale);
            matrix.add(values[at + 1], values[at + 2], values[at + 3], values[at + 4], map);
        }
        return RoiAlign.apply(matrix, RoiAlign.rows(features), binRows, binColumns);
    }
}
