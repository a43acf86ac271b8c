package dev.dhmq.model.script;

import dev.dhmq.model.network.LossTensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** A scripted detector's losses of one stage, told apart by their names. */
final class LossSums {
    private static final List<String> REGRESSION = List.of("box", "reg", "iou");

    private final LossTensors.Stage stage;
    private final List<Tensor> classification = new ArrayList<>();
    private final List<Tensor> regression = new ArrayList<>();

    LossSums(LossTensors.Stage stage) {
        this.stage = stage;
    }

    void add(String name, Tensor loss) {
        (REGRESSION.stream().anyMatch(name::contains) ? regression : classification).add(loss);
    }

    boolean isEmpty() {
        return classification.isEmpty() && regression.isEmpty();
    }

    LossTensors tensors() {
        return LossTensors.of(stage, sum(classification), sum(regression));
    }

    private static Tensor sum(List<Tensor> losses) {
        return losses.stream()
                .reduce(Tensor::add)
                .orElseGet(() -> torch.zeros(new long[] {}, new TensorOptions(torch.ScalarType.Float)));
    }
}
