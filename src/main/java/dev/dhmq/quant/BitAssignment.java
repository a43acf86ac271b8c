package dev.dhmq.quant;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bits of every layer by name: what is left of a plan when it is applied.
 *
 * @param layers in any order
 */
public record BitAssignment(List<Entry> layers) {

    /**
     * One layer.
     *
     * @param name the layer's name
     * @param weights n_l, by which a layer of another model is recognised
     * @param bits 2 to 8, or {@link Backend#SKIP} for float32
     */
    public record Entry(String name, long weights, int bits) {}

    /** All layers of the layout at one width. */
    public static BitAssignment uniform(ParameterLayout layout, int bits) {
        return new BitAssignment(layout.layers().stream()
                .map(layer -> new Entry(layer.name(), layer.size(), bits))
                .toList());
    }

    /**
     * The bits in the order of this layout.
     *
     * @throws InvalidInputException where the assignment is for other layers; all that do not fit are named
     */
    public int[] over(ParameterLayout layout) {
        Map<String, Entry> byName = new LinkedHashMap<>();
        layers.forEach(entry -> byName.put(entry.name(), entry));
        List<String> misfits = new ArrayList<>();
        int[] bits = new int[layout.layers().size()];
        for (int l = 0; l < bits.length; l++) {
            Layer layer = layout.layer(l);
            Entry entry = byName.remove(layer.name());
            if (entry == null) {
                misfits.add(layer.name() + " is not in the plan");
            } else if (entry.weights() != layer.size()) {
                misfits.add(
                        layer.name() + " has " + layer.size() + " weights, but " + entry.weights() + " in the plan");
            } else {
                bits[l] = entry.bits();
            }
        }
        byName.keySet().forEach(name -> misfits.add(name + " is none of the model's layers"));
        if (!misfits.isEmpty()) {
            throw new InvalidInputException("The plan was made for another model: " + String.join("; ", misfits) + ".");
        }
        return bits;
    }

    /** The widths that occur, ascending. */
    public BitWidths widths(ParameterLayout layout) {
        return new BitWidths(Arrays.stream(over(layout))
                .filter(b -> b != Backend.SKIP)
                .distinct()
                .boxed()
                .toList());
    }
}
