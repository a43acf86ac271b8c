package dev.dhmq.model.network;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * A network's tensors by name, in the order they were declared: trainable parameters and buffers (a batch norm's running
 * statistics).
 *
 * <p>Owns the tensors until {@link #close()}. Not safe for use by several threads at once.
 */
public final class ParameterStore implements AutoCloseable {
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();
    private final Map<String, String> norms = new HashMap<>();
    private final Set<String> results = new HashSet<>();
    private final Map<String, List<String>> readers = new HashMap<>();
    private final torch.ScalarType type;
    private LayerHooks hooks = LayerHooks.NONE;

    /** A store whose tensors all have this element type: float32, or float64 for checks against references. */
    public ParameterStore(torch.ScalarType type) {
        this.type = type;
    }

    /** The element type. */
    public torch.ScalarType type() {
        return type;
    }

    /** What sits around the layers now. */
    public LayerHooks hooks() {
        return hooks;
    }

    /** Puts these around the layers of the network that declared its parameters here, in place of those before. */
    public void setHooks(LayerHooks value) {
        hooks = value;
    }

    /** The name that a layer's bias has where there is one. */
    public static String biasOf(String layer) {
        return layer.substring(0, layer.length() - "weight".length()) + "bias";
    }

    /** Says that this norm works on what this layer makes. */
    void follow(String layer, String norm) {
        norms.put(layer, norm);
    }

    /** The batch norm after a layer, which has no bias then. */
    public Optional<String> normAfter(String layer) {
        return Optional.ofNullable(norms.get(layer));
    }

    /** Says that hooks see this layer's result. */
    void declareResult(String layer) {
        results.add(layer);
    }

    /** Whether hooks see the result of a layer, see {@link LayerHooks#result}. */
    public boolean hasResult(String layer) {
        return results.contains(layer);
    }

    /** Says that these layers, and nothing else, read what this layer makes, after its norm and perhaps a ReLU. */
    void declareReaders(String layer, List<String> those) {
        readers.put(layer, those);
    }

    /** The layers that alone read what a layer makes, after its norm and perhaps a ReLU; none where something else does too. */
    public List<String> readersOf(String layer) {
        return readers.getOrDefault(layer, List.of());
    }

    /** A new trainable parameter of zeros. */
    Tensor parameter(String name, long... shape) {
        Tensor tensor = declare(parameters, name, 0, shape);
        tensor.requires_grad_(true);
        return tensor;
    }

    /**
     * A parameter or buffer that is there already; the store owns its handle from now on.
     *
     * @param trainable whether it is a parameter
     */
    public void adopt(String name, Tensor tensor, boolean trainable) {
        requireNew(name);
        tensor.retainReference();
        (trainable ? parameters : buffers).put(name, tensor);
    }

    /** A new buffer, all of one value. */
    Tensor buffer(String name, double value, long... shape) {
        return declare(buffers, name, value, shape);
    }

    private Tensor declare(Map<String, Tensor> into, String name, double value, long... shape) {
        requireNew(name);
        Tensor tensor = torch.full(shape, new Scalar(value), new TensorOptions(type));
        tensor.retainReference();
        into.put(name, tensor);
        return tensor;
    }

    private void requireNew(String name) {
        if (parameters.containsKey(name) || buffers.containsKey(name)) {
            throw new IllegalStateException("The network declares " + name + " twice.");
        }
    }

    /** Trainable parameters by name, in order of declaration. */
    public Map<String, Tensor> parameters() {
        return parameters;
    }

    /** Parameters and buffers by name: what a checkpoint holds. */
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>(parameters);
        state.putAll(buffers);
        return state;
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensor::close);
        buffers.values().forEach(Tensor::close);
        parameters.clear();
        buffers.clear();
    }
}
