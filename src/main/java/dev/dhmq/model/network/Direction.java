package dev.dhmq.model.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Where the weights move: for every quantizable weight by its name, what it changes by per unit of the way. */
public final class Direction {
    /** The weights stay where they are. */
    public static final Direction NONE = new Direction(Map.of());

    private final Map<String, Tensor> changes;

    private Direction(Map<String, Tensor> changes) {
        this.changes = changes;
    }

    /**
     * A direction for all of these weights.
     *
     * @param changes one for each of the weights' tensors, in their order and shape; they stay the caller's, who must not
     *     change them while a pass along this direction is differentiated
     */
    public static Direction of(FlatWeights weights, List<Tensor> changes) {
        Map<String, Tensor> byName = new LinkedHashMap<>();
        for (int i = 0; i < changes.size(); i++) {
            byName.put(weights.layout().layer(i).name(), changes.get(i));
        }
        return new Direction(byName);
    }

    Tensor of(String weight) {
        Tensor change = changes.get(weight);
        if (change == null) {
            throw new IllegalStateException("There is no direction for the weights " + weight + ".");
        }
        return change;
    }
}
