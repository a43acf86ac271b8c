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
        this.perAnchor = perAnchor;
    }

    /** Outputs of all levels, [N, anchors, perAnchor], in the order of the anchor grid. */
    Signal forward(List<Signal> pyramid) {
        List<Signal> levels = new ArrayList<>();
        for (Signal level : pyramid) {
            levels.add(Signal.alone(() -> forward(level)));
        }
        return Signal.concatenated(levels, 1);
    }

    private Signal forward(Signal level) {
        Signal x = level;
        for (Convolution convolution : tower) {
            x = convolution.forward(x).relu();
        }
        // From channels first to anchors last: [N, A K, H, W] -> [N, H, W, A K] -> [N, H W A, K].
        return output.forward(x).linear(y -> y.permute(0, 2, 3, 1).reshape(y.size(0), -1, perAnchor));
    }

    List<Convolution> tower() {
        return tower;
    }

    Convolution output() {
        return output;
    }
}
