package dev.dhmq.model;

import dev.dhmq.model.network.LayerHooks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Gives every channel of every layer's output the mean and the deviation back that it had when the network went by for the first
 * time, on the same images: what {@link OutputCorrection} will do in the end, here on the way and with its derivative. It is a
 * batch norm whose scale and shift are the wanted statistics. Owns their tensors.
 */
final class RestoredOutputs implements AutoCloseable {
    /** Channels of zeros stay finite. */
    private static final double EPSILON = 1e-12;

    private final Map<String, Moments> wanted = new HashMap<>();

    /** Of one layer, [channels] each. */
    private record Moments(Tensor mean, Tensor deviation) {
        static Moments of(Tensor y) {
            long[] others = LongStream.range(0, y.dim()).filter(d -> d != 1).toArray();
            Moments moments =
                    new Moments(y.mean(others), y.var(others, false, false).sqrt());
            moments.mean.retainReference();
            moments.deviation.retainReference();
            return moments;
        }
    }

    /** These outputs, and the inputs and results that other hooks make; what those do to outputs is left out. */
    LayerHooks with(LayerHooks others) {
        return new LayerHooks() {
            @Override
            public Tensor input(String layer, Tensor x) {
                return others.input(layer, x);
            }

            @Override
            public Tensor result(String layer, Tensor y) {
                return others.result(layer, y);
            }

            @Override
            public List<Tensor> outputs(String layer, List<Tensor> levels) {
                return restored(layer, levels);
            }
        };
    }

    private List<Tensor> restored(String layer, List<Tensor> levels) {
        Tensor together = joined(levels);
        Moments target = wanted.computeIfAbsent(layer, _ -> Moments.of(together));
        Tensor normalised = torch.batch_norm(
                together,
                new TensorOptional(target.deviation()),
                new TensorOptional(target.mean()),
                new TensorOptional(),
                new TensorOptional(),
                true,
                0,
                EPSILON,
                false);
        return split(normalised, levels);
    }

    private static Tensor joined(List<Tensor> levels) {
        if (levels.size() == 1) {
            return levels.getFirst();
        }
        TensorVector flat = new TensorVector();
        levels.forEach(level -> flat.push_back(level.flatten(2, -1)));
        return torch.cat(flat, 2);
    }

    private static List<Tensor> split(Tensor together, List<Tensor> levels) {
        if (levels.size() == 1) {
            return List.of(together);
        }
        List<Tensor> parts = new ArrayList<>();
        long begin = 0;
        for (Tensor level : levels) {
            long places = level.size(2) * level.size(3);
            parts.add(together.narrow(2, begin, places).reshape(level.sizes()));
            begin += places;
        }
        return parts;
    }

    @Override
    public void close() {
        wanted.values().forEach(moments -> {
            moments.mean().close();
            moments.deviation().close();
        });
        wanted.clear();
    }
}
