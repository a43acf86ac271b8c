package dev.dhmq.model.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a pickle may hold when it is a state dict: data, and the few names that its tensors are made with. */
sealed interface PickleValue {

    enum Constant implements PickleValue {
        NONE,
        TRUE,
        FALSE,
        /** Where a run of values on the stack begins; never part of anything. */
        MARK
    }

    record Whole(long value) implements PickleValue {}

    record Real(double value) implements PickleValue {}

    record Text(String value) implements PickleValue {}

    /** A list, which may still grow, or a tuple. Compared by identity: it may contain itself. */
    final class Sequence implements PickleValue {
        private final List<PickleValue> items;

        Sequence(List<PickleValue> items) {
            this.items = items;
        }

        List<PickleValue> items() {
            return items;
        }
    }

    /** A dictionary by its keys' texts; other keys than texts are kept as what they print. Compared by identity. */
    final class Dictionary implements PickleValue {
        private final Map<String, PickleValue> entries = new LinkedHashMap<>();

        Map<String, PickleValue> entries() {
            return entries;
        }
    }

    /** A function or class that is known; it is never looked up, let alone called. */
    enum Name implements PickleValue {
        ORDERED_DICT("collections.OrderedDict"),
        SIZE("torch.Size"),
        REBUILD_TENSOR("torch._utils._rebuild_tensor"),
        REBUILD_TENSOR_V2("torch._utils._rebuild_tensor_v2"),
        REBUILD_PARAMETER("torch._utils._rebuild_parameter");

        private final String qualified;

        Name(String qualified) {
            this.qualified = qualified;
        }

        String qualified() {
            return qualified;
        }
    }

    /** The element type that a storage class stands for. */
    record StorageType(DType dtype) implements PickleValue {}

    /** A run of elements in an entry of its own. */
    record Storage(String key, DType dtype, long elements) implements PickleValue {}

    /**
     * A view of a storage.
     *
     * @param offset in elements
     * @param shape not copied
     * @param strides in elements, one a dimension; not copied
     */
    record View(Storage storage, long offset, long[] shape, long[] strides) implements PickleValue {}
}
