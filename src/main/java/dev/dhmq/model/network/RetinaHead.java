package dev.dhmq.model.network;

import java.util.ArrayList;
import java.util.List;

/** One of RetinaNet's two heads (Lin et al., 2017): four 3x3 convolutions and an output, the same on every level. */
final class RetinaHead {
    private static final int DEPTH = 4;

    private final List<Convolution> tower = new ArrayList<>();
    private final Convolution output;
    private final int perAnchor;

    /** A head with {@code perAnchor} outputs for each of the anchors at a place. */
    RetinaHead(ParameterStore store, String name, String outputName, int channels, int anchors, int perAnchor) {
        for (int i = 0; i < DEPTH; i++) {
            tower.add(new Convolution(store, name + ".conv." + i + ".0", channels, channels, 3, 1, true));
        }
        output = new Convolution(store, name + "." + outputName, channels, anchors * perAnchor, 3, 1, true);
        for (int i = 0; i < DEPTH; i++) {
            tower.get(i).readBy(i + 1 < DEPTH ? tower.get(i + 1) : output);
        }
        this.perAnchor = perAnchor;
    }

    /** Outputs of all levels, [N, anchors, perAnchor], in the order of the anchor grid. */
    Signal forward(List<Signal> pyramid) {
        List<Signal> levels = pyramid;
        for (Convolution convolution : tower) {
            List<Signal> x = levels;
            levels = Signal.eachAlone(
                    () -> convolution.forward(x).stream().map(Signal::relu).toList());
        }
        List<Signal> last = levels;
        return Signal.alone(() -> Signal.concatenated(
                output.forward(last).stream().map(this::anchorsLast).toList(), 1));
    }

    /** In the order of the anchor grid: [N, A K, H, W] -> [N, H, W, A K] -> [N, H W A, K]. */
    private Signal anchorsLast(Signal output) {
        return output.linear(y -> y.permute(0, 2, 3, 1).reshape(y.size(0), -1, perAnchor));
    }

    List<Convolution> tower() {
        return tower;
    }

    Convolution output() {
        return output;
    }
}
