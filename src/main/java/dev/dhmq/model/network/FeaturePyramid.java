package dev.dhmq.model.network;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Feature pyramid (Lin et al., 2017) over C3 to C5, with RetinaNet's two extra levels: P3 to P7. */
final class FeaturePyramid {
    private final List<Convolution> lateral = new ArrayList<>();
    private final List<Convolution> output = new ArrayList<>();
    private final Convolution p6;
    private final Convolution p7;

    FeaturePyramid(ParameterStore store, String name, int[] inputs, int channels) {
        for (int i = 0; i < inputs.length; i++) {
            lateral.add(new Convolution(store, name + ".inner_blocks." + i + ".0", inputs[i], channels, 1, 1, true));
        }
        for (int i = 0; i < inputs.length; i++) {
            output.add(new Convolution(store, name + ".layer_blocks." + i + ".0", channels, channels, 3, 1, true));
        }
        p6 = new Convolution(store, name + ".extra_blocks.p6", channels, channels, 3, 2, true);
        p7 = new Convolution(store, name + ".extra_blocks.p7", channels, channels, 3, 2, true);
    }

    /** P3 to P7, all with the same number of channels. */
    Tensor[] forward(Tensor[] features) {
        int last = features.length - 1;
        Tensor[] pyramid = new Tensor[features.length + 2];
        Tensor merged = lateral.get(last).forward(features[last]);
        pyramid[last] = output.get(last).forward(merged);
        for (int i = last - 1; i >= 0; i--) {
            Tensor side = lateral.get(i).forward(features[i]);
            long[] size = {side.size(2), side.size(3)};
            merged = side.add(torch.upsample_nearest2d(merged, size, new DoubleOptional(), new DoubleOptional()));
            pyramid[i] = output.get(i).forward(merged);
        }
        pyramid[last + 1] = p6.forward(pyramid[last]);
        pyramid[last + 2] = p7.forward(pyramid[last + 1].relu());
        return pyramid;
    }

    List<Convolution> convolutions() {
        List<Convolution> all = new ArrayList<>(lateral);
        all.addAll(output);
        all.add(p6);
        all.add(p7);
        return all;
    }
}
