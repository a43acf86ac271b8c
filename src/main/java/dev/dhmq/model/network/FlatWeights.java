package dev.dhmq.model.network;

import dev.dhmq.tensor.ParameterLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * All quantizable weights in one contiguous vector, and their gradients in another.
 *
 * <p>The network's weight tensors become views of the first, their gradients views of the second, so a kernel that
 * writes the vector moves the network, and {@code backward()} fills the gradient, with nothing copied. Quantizable are
 * the weights of convolutions and linear layers: parameters of two dimensions or more. Owns both vectors; the network
 * must not be used after {@link #close()}.
 */
public final class FlatWeights implements AutoCloseable {
    private final ParameterLayout layout;
    private final List<Tensor> tensors = new ArrayList<>();
    private final Tensor weights;
    private final Tensor gradient;

    /** Moves the store's quantizable parameters into one vector, values kept. */
    public FlatWeights(ParameterStore store) {
        List<ParameterLayout.Shape> shapes = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : store.parameters().entrySet()) {
            Tensor tensor = entry.getValue();
            if (tensor.dim() >= 2) {
                int channels = Math.toIntExact(tensor.size(0));
                shapes.add(new ParameterLayout.Shape(
                        entry.getKey(), channels, Math.toIntExact(tensor.numel() / channels)));
                tensors.add(tensor);
            }
        }
        layout = ParameterLayout.of(shapes);
        weights = torch.zeros(new long[] {layout.size()}, new TensorOptions(store.type()));
        gradient = torch.zeros(new long[] {layout.size()}, new TensorOptions(store.type()));
        weights.retainReference();
        gradient.retainReference();
        try (PointerScope _ = new PointerScope()) {
            for (int i = 0; i < tensors.size(); i++) {
                alias(tensors.get(i), layout.layer(i).offset());
            }
        }
    }

    private void alias(Tensor tensor, long offset) {
        long[] shape = tensor.sizes().vec().get();
        Tensor view = weights.narrow(0, offset, tensor.numel()).view(shape);
        view.copy_(tensor.detach());
        tensor.set_data(view);
        tensor.mutable_grad().put(gradient.narrow(0, offset, tensor.numel()).view(shape));
    }

    /** Where each layer lies. */
    public ParameterLayout layout() {
        return layout;
    }

    /** The network's weight tensors, in the order of the layout. */
    public List<Tensor> tensors() {
        return tensors;
    }

    /** The weights, in place. */
    public MemorySegment weights() {
        return Tensors.memory(weights);
    }

    /** The gradients that {@code backward()} adds to, in place. */
    public MemorySegment gradient() {
        return Tensors.memory(gradient);
    }

    /** Sets all gradients to zero, keeping them where they are. */
    public void zeroGradient() {
        gradient.zero_();
    }

    @Override
    public void close() {
        weights.close();
        gradient.close();
    }
}
