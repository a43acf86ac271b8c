package dev.dhmq.model;

import dev.dhmq.model.network.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;

/**
 * A copy of one of a detector's tensors, free of LibTorch: for exports into other formats.
 *
 * @param shape its dimensions
 * @param values its elements row by row
 */
public record NamedTensor(String name, long[] shape, float[] values) {

    /** Copies of all parameters and buffers of a detector as they are now, by name, in order of declaration. */
    public static Map<String, NamedTensor> all(DetectionModel model) {
        Map<String, NamedTensor> tensors = new LinkedHashMap<>();
        model.parameters().state().forEach((name, tensor) -> {
            try (PointerScope _ = new PointerScope()) {
                tensors.put(name, new NamedTensor(name, Tensors.shape(tensor), Tensors.floats(tensor)));
            }
        });
        return tensors;
    }
}
