package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.ToLongFunction;

/** The kernels' tables of vectors, and their rows of products. */
final class VectorTable {
    private VectorTable() {}

    static long bytes(int vectors, int layers) {
        return ADDRESS.byteSize() * vectors * layers;
    }

    /**
     * Writes a row a vector, a column a layer: the first of the layer's weights, or null where the vector is zero in it. The call
     * itself keeps its direct arguments alive; for vectors behind pointers that is up to the caller.
     *
     * @param address of a vector's first float; refuses one that cannot be used
     */
    static void write(
            ParameterLayout layout,
            List<? extends LayerVector> vectors,
            int first,
            int count,
            ToLongFunction<DeviceVector> address,
            MemorySegment table) {
        int layerCount = layout.layers().size();
        for (int k = 0; k < count; k++) {
            LayerVector vector = vectors.get(first + k);
            long begin = address.applyAsLong(vector.values());
            for (int l = 0; l < layerCount; l++) {
                long index = vector.begin(layout, l);
                long column = index == LayerVector.ABSENT ? 0 : begin + Float.BYTES * index;
                table.setAtIndex(JAVA_LONG, (long) k * layerCount + l, column);
            }
        }
    }

    /** From rows of one leading product and some vectors' to rows of it and all vectors', in columns {@code 1 + first} and on. */
    static void scatterBehindOne(MemorySegment products, int first, int count, double[] out, int each) {
        for (int l = 0; l * each < out.length; l++) {
            long row = (long) l * (1 + count);
            out[l * each] = products.getAtIndex(JAVA_DOUBLE, row);
            MemorySegment.copy(products, JAVA_DOUBLE, Double.BYTES * (row + 1), out, l * each + 1 + first, count);
        }
    }

    /** From rows of some vectors' products to rows of all vectors', in columns {@code first} and on. */
    static void scatter(MemorySegment products, int first, int count, double[] out, int each) {
        for (int l = 0; l * each < out.length; l++) {
            MemorySegment.copy(products, JAVA_DOUBLE, (long) Double.BYTES * l * count, out, l * each + first, count);
        }
    }
}
