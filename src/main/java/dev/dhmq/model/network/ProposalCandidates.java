package dev.dhmq.model.network;

import dev.dhmq.model.box.AnchorGrid;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The anchors of an image that the region proposal network is most confident of, level by level.
 *
 * @param anchors which
 * @param levels pyramid level of each
 * @param logits objectness of each
 * @param deltas box deltas of each, four each
 */
public record ProposalCandidates(int[] anchors, int[] levels, double[] logits, double[] deltas) {

    /**
     * The best of each level.
     *
     * @param logits of one image, [anchors]
     * @param deltas of one image, [anchors, 4]
     * @param perLevel at most this many of each level
     */
    public static ProposalCandidates of(Tensor logits, Tensor deltas, AnchorGrid grid, int perLevel) {
        TensorVector chosen = new TensorVector();
        int[] levelSizes = grid.levelSizes();
        int[] counts = new int[levelSizes.length];
        long from = 0;
        for (int level = 0; level < levelSizes.length; level++) {
            counts[level] = Math.min(perLevel, levelSizes[level]);
            Tensor best = torch.topk(logits.narrow(0, from, levelSizes[level]), counts[level], 0, true, true)
                    .get1();
            chosen.push_back(best.add(new Scalar(from)));
            from += levelSizes[level];
        }
        Tensor indices = torch.cat(chosen, 0);
        long[] rows = Tensors.longs(indices);
        int[] anchors = new int[rows.length];
        int[] levels = new int[rows.length];
        int at = 0;
        for (int level = 0; level < counts.length; level++) {
            for (int i = 0; i < counts[level]; i++, at++) {
                anchors[at] = (int) rows[at];
                levels[at] = level;
            }
        }
        return new ProposalCandidates(
                anchors,
                levels,
                Tensors.doubles(logits.index_select(0, indices)),
                Tensors.doubles(deltas.index_select(0, indices)));
    }
}
