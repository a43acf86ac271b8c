package dev.dhmq.model.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.global.torch;

/** Feature pyramid (Lin et al., 2017) over the backbone's features, with coarser levels on top. */
final class FeaturePyramid {
    /** Where the levels above the backbone's last come from. */
    enum Top {
        /** RetinaNet's P6 and P7: two strided convolutions. */
        CONVOLUTIONS,
        /** Faster R-CNN's P6: every second place of P5. */
        POOLING
    }

    private final List<Convolution> lateral = new ArrayList<>();
    private final List<Convolution> output = new ArrayList<>();
    private final List<Convolution> top = new ArrayList<>();

    FeaturePyramid(ParameterStore store, String name, int[] inputs, int channels, Top top) {
        for (int i = 0; i < inputs.length; i++) {
            lateral.add(new Convolution(store, name + ".inner_blocks." + i + ".0", inputs[i], channels, 1, 1, true)
                    .withResult());
        }
        for (int i = 0; i < inputs.length; i++) {
            output.add(new Convolution(store, name + ".layer_blocks." + i + ".0", channels, channels, 3, 1, true));
        }
        if (top == Top.POOLING) {
            output.forEach(Convolution::withResult);
        } else {
            this.top.add(new Convolution(store, name + ".extra_blocks.p6", channels, channels, 3, 2, true));
            this.top.add(new Convolution(store, name + ".extra_blocks.p7", channels, channels, 3, 2, true));
        }
    }

    /** Says which convolutions, and nothing else but those of the levels above, read each level. */
    void readBy(Convolution... readers) {
        output.forEach(level -> level.readBy(readers));
        if (!top.isEmpty()) {
            Convolution[] ofLast = Arrays.copyOf(readers, readers.length + 1);
            ofLast[readers.length] = top.getFirst();
            output.getLast().readBy(ofLast);
            top.getLast().readBy(readers);
        }
    }

    /** All levels, finest first, with the same number of channels. */
    List<Signal> forward(List<Signal> features) {
        List<Signal> levels = new ArrayList<>();
        Signal merged = result(lateral.getLast(), features.getLast());
        levels.add(level(output.getLast(), merged));
        for (int i = features.size() - 2; i >= 0; i--) {
            Signal side = result(lateral.get(i), features.get(i));
            long[] size = {side.value().size(2), side.value().size(3)};
            merged = side.plus(
                    merged.linear(x -> torch.upsample_nearest2d(x, size, new DoubleOptional(), new DoubleOptional())));
            levels.addFirst(level(output.get(i), merged));
        }
        addTop(levels);
        return levels;
    }

    private void addTop(List<Signal> levels) {
        Signal last = levels.getLast();
        if (top.isEmpty()) {
            long[] one = {1, 1};
            // The greatest of one: the value of every second place, and its rate.
            levels.add(last.linear(x -> torch.max_pool2d(x, one, new long[] {2, 2}, new long[] {0, 0}, one, false)));
            return;
        }
        Signal p6 = top.get(0).forward(last);
        levels.add(p6);
        levels.add(top.get(1).forward(p6.relu()));
    }

    /** A level of RetinaNet is the input of layers alone, one of Faster R-CNN is also what RoIAlign reads. */
    private Signal level(Convolution convolution, Signal merged) {
        return top.isEmpty() ? result(convolution, merged) : convolution.forward(merged);
    }

    private static Signal result(Convolution convolution, Signal x) {
        return convolution.result(convolution.forward(x));
    }

    List<Convolution> convolutions() {
        List<Convolution> all = new ArrayList<>(lateral);
        all.addAll(output);
        all.addAll(top);
        return all;
    }
}
