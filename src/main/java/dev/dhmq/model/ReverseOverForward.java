package dev.dhmq.model;

import dev.dhmq.model.network.OutputSignals;
import dev.dhmq.model.network.Outputs;
import dev.dhmq.model.network.Signal;
import dev.dhmq.search.TaskWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Exact Hessian-vector products of a network that was run with its rates of change (Pearlmutter, 1994): one ordinary
 * backward pass through outputs and rates.
 *
 * <p>With outputs o(w), their rates o' = J v and the loss L(o), the gradient along v is dL/do . o', and its gradient
 *
 * <pre>
 *   H v = (do/dw)' (d2L/do2 o') + (do'/dw)' dL/do
 * </pre>
 *
 * Only the loss of the outputs is differentiated twice, not the network. Counted in convolutions this takes 8 for each of
 * the network's (forward x * w, x' * w and x * v; backward two for each product with a weight and one for x * v), where a
 * gradient takes 3.
 */
final class ReverseOverForward {
    private ReverseOverForward() {}

    /**
     * H v of the weighted losses, layer by layer; undefined tensors stand for zero.
     *
     * @param judged run with the weights moving along v
     */
    static TensorVector product(Judged judged, TaskWeights weights, TensorVector layers) {
        TensorVector tensors = new TensorVector();
        TensorVector factors = new TensorVector();
        // Once the factors are known the loss's graph is not needed any more.
        try (PointerScope _ = new PointerScope()) {
            addFactors(judged, weights, tensors, factors);
        }
        return Derivatives.of(tensors, factors, layers);
    }

    private static void addFactors(Judged judged, TaskWeights weights, TensorVector tensors, TensorVector factors) {
        List<Signal> said = judged.said().stream()
                .flatMap(stage -> Stream.of(stage.logits(), stage.deltas()))
                .toList();
        List<Outputs> places =
                judged.said().stream().map(ReverseOverForward::place).toList();
        TensorVector by = new TensorVector();
        places.forEach(place -> by.push_back(place.logits()).push_back(place.deltas()));
        TensorVector slopes =
                Derivatives.differentiable(judged.judge().apply(places).weighted(weights), by);
        List<Tensor> along = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            Tensor slope = slopes.get(i);
            if (slope.defined()) {
                tensors.push_back(said.get(i).rate());
                factors.push_back(slope.detach());
                along.add(slope.mul(said.get(i).rate().detach()).sum());
            }
        }
        Tensor sum = along.stream().reduce(Tensor::add).orElseThrow();
        if (!sum.requires_grad()) {
            // The loss is linear in all outputs.
            return;
        }
        TensorVector bends = Derivatives.of(sum, by);
        for (int i = 0; i < said.size(); i++) {
            if (bends.get(i).defined()) {
                tensors.push_back(said.get(i).value());
                factors.push_back(bends.get(i));
            }
        }
    }

    /** The outputs as the loss alone sees them, without the network. */
    private static Outputs place(OutputSignals said) {
        return new Outputs(
                said.logits().value().detach().requires_grad_(true),
                said.deltas().value().detach().requires_grad_(true));
    }
}
