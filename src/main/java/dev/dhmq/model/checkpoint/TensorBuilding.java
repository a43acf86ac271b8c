package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.PickleValue.Dictionary;
import dev.dhmq.model.checkpoint.PickleValue.Name;
import dev.dhmq.model.checkpoint.PickleValue.Sequence;
import dev.dhmq.model.checkpoint.PickleValue.Storage;
import dev.dhmq.model.checkpoint.PickleValue.View;
import dev.dhmq.model.checkpoint.PickleValue.Whole;
import java.util.List;
import java.util.function.Function;

/** What comes of the known names when a pickle calls them. */
final class TensorBuilding {
    private static final int MOST_DIMENSIONS = 16;

    private TensorBuilding() {}

    /** @param broken the exception for a reason */
    static PickleValue call(Name name, List<PickleValue> arguments, Function<String, InvalidInputException> broken) {
        return switch (name) {
            case ORDERED_DICT -> {
                if (!arguments.isEmpty()) {
                    throw broken.apply("a dictionary is made from something");
                }
                yield new Dictionary();
            }
            case SIZE -> {
                if (arguments.size() == 1 && arguments.getFirst() instanceof Sequence sizes) {
                    yield sizes;
                }
                throw broken.apply("a size is made from something else than a list");
            }
            case REBUILD_TENSOR, REBUILD_TENSOR_V2 -> view(arguments, broken);
            case REBUILD_PARAMETER -> {
                if (!arguments.isEmpty() && arguments.getFirst() instanceof View view) {
                    yield view;
                }
                throw broken.apply("a parameter is made from something else than a tensor");
            }
        };
    }

    private static View view(List<PickleValue> arguments, Function<String, InvalidInputException> broken) {
        if (arguments.size() >= 4
                && arguments.get(0) instanceof Storage storage
                && arguments.get(1) instanceof Whole offset
                && arguments.get(2) instanceof Sequence sizes
                && arguments.get(3) instanceof Sequence strides
                && sizes.items().size() == strides.items().size()
                && sizes.items().size() <= MOST_DIMENSIONS) {
            return new View(storage, offset.value(), wholes(sizes, broken), wholes(strides, broken));
        }
        throw broken.apply("a tensor is not described as PyTorch does");
    }

    private static long[] wholes(Sequence sequence, Function<String, InvalidInputException> broken) {
        return sequence.items().stream()
                .mapToLong(item -> {
                    if (item instanceof Whole whole && whole.value() >= 0) {
                        return whole.value();
                    }
                    throw broken.apply("a size or stride is no whole number from 0");
                })
                .toArray();
    }
}
