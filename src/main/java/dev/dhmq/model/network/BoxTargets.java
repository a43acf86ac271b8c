package dev.dhmq.model.network;

import dev.dhmq.model.box.BoxCoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The box deltas that a Faster R-CNN stage should have said, and the loss of what it said: smooth L1 with beta 1/9. */
final class BoxTargets {
    private static final double BETA = 1.0 / 9;
    private static final long NONE = 0;

    private final BoxCoder coder;
    private final List<Target> targets = new ArrayList<>();

    private record Target(long row, double[] deltas, double weight) {}

    BoxTargets(BoxCoder coder) {
        this.coder = coder;
    }

    /**
     * Adds a box that stands for an object.
     *
     * @param row of the stage's deltas that belongs to it
     */
    void add(long row, double[] boxes, int box, double[] objects, int object, double weight) {
        double[] deltas = new double[4];
        coder.encode(boxes, box, objects, object, deltas, 0);
        targets.add(new Target(row, deltas, weight));
    }

    /** Sum of the weighted losses; 0, still a part of the graph, where no box stands for an object. */
    Tensor loss(Tensor deltas) {
        torch.ScalarType type = deltas.scalar_type();
        long[] rows = targets.stream().mapToLong(Target::row).toArray();
        double[] wanted = targets.stream()
                .flatMapToDouble(target -> Arrays.stream(target.deltas()))
                .toArray();
        double[] weights = targets.stream().mapToDouble(Target::weight).toArray();
        Tensor said = deltas.index_select(0, Tensors.indices(rows));
        return torch.smooth_l1_loss(said, Tensors.of(wanted, type, rows.length, 4), NONE, BETA)
                .mul(Tensors.of(weights, type, rows.length, 1))
                .sum();
    }
}
