package dev.dhmq.model.network;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.box.AnchorGrid;
import dev.dhmq.model.box.AnchorMatch;
import dev.dhmq.model.box.BoxCoder;
import dev.dhmq.model.box.MatchRule;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * RetinaNet's losses (Lin et al., 2017), as torchvision computes them: sigmoid focal loss over all anchors that are not
 * ignored, L1 over the deltas of the anchors that stand for an object, both divided by the number of those anchors,
 * and averaged over the images.
 */
public final class RetinaLoss {
    private static final double ALPHA = 0.25;
    private static final long SUM = 2;

    private final int classes;
    private final torch.ScalarType type;

    public RetinaLoss(int classes, torch.ScalarType type) {
        this.classes = classes;
        this.type = type;
    }

    /** Both losses of a batch, each the mean over its images. */
    public LossTensors losses(Outputs outputs, AnchorGrid anchors, List<GroundTruth> truths) {
        int images = truths.size();
        int count = anchors.size();
        Tensor targets = torch.zeros(new long[] {images * (long) count, classes}, new TensorOptions(type));
        double[] weights = new double[images * count];
        Tensor regression = torch.zeros(new long[] {}, new TensorOptions(type));
        for (int image = 0; image < images; image++) {
            GroundTruth truth = truths.get(image);
            double[] boxes = truth.doubleBoxes();
            AnchorMatch match = AnchorMatch.of(anchors.boxes(), boxes, MatchRule.RETINANET);
            double share = 1.0 / Math.max(1, match.foreground().length) / images;
            Arrays.fill(weights, image * count, (image + 1) * count, share);
            for (int anchor : match.ignored()) {
                weights[image * count + anchor] = 0;
            }
            if (match.foreground().length > 0) {
                markForeground(targets, match, truth, (long) image * count);
                regression = regression.add(regression(outputs.deltas().select(0, image), anchors, match, boxes)
                        .mul(new Scalar(share)));
            }
        }
        Tensor focal = focal(outputs.logits().reshape(-1, classes), targets);
        Tensor classification =
                focal.mul(Tensors.of(weights, type, weights.length, 1)).sum();
        return LossTensors.of(LossTensors.Stage.DETECTIONS, classification, regression);
    }

    private void markForeground(Tensor targets, AnchorMatch match, GroundTruth truth, long firstRow) {
        long[] entries = new long[match.foreground().length];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = (firstRow + match.foreground()[i]) * classes + truth.labels()[match.objects()[i]];
        }
        targets.view(-1).index_fill_(0, Tensors.indices(entries), new Scalar(1.0));
    }

    private Tensor regression(Tensor deltas, AnchorGrid anchors, AnchorMatch match, double[] boxes) {
        int[] foreground = match.foreground();
        double[] wanted = new double[4 * foreground.length];
        long[] rows = new long[foreground.length];
        for (int i = 0; i < foreground.length; i++) {
            BoxCoder.ANCHORS.encode(anchors.boxes(), foreground[i], boxes, match.objects()[i], wanted, 4 * i);
            rows[i] = foreground[i];
        }
        Tensor predicted = deltas.index_select(0, Tensors.indices(rows));
        return torch.l1_loss(predicted, Tensors.of(wanted, type, foreground.length, 4), SUM);
    }

    /** Sigmoid focal loss of every entry, gamma 2: alpha_t (1 - p_t)^2 CE(p, t). */
    private static Tensor focal(Tensor logits, Tensor targets) {
        Tensor p = logits.sigmoid();
        Tensor crossEntropy =
                torch.binary_cross_entropy_with_logits(logits, targets, new TensorOptional(), new TensorOptional(), 0L);
        // For targets 0 and 1: 1 - p_t = p + t - 2 p t, and alpha_t = (1 - alpha) + (2 alpha - 1) t.
        Tensor miss = p.add(targets).sub(p.mul(targets).mul(new Scalar(2.0)));
        Tensor alpha = targets.mul(new Scalar(2 * ALPHA - 1)).add(new Scalar(1 - ALPHA));
        return crossEntropy.mul(miss.mul(miss)).mul(alpha);
    }
}
