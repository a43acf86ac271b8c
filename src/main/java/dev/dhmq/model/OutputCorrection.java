package dev.dhmq.model;

import dev.dhmq.model.network.LayerHooks;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Gains and shifts that give every channel of a quantized network's layers the mean and the deviation it had in float32, layer
 * after layer, each behind the corrected ones before it. Quantized at few bits, a channel's weights are shorter as a rule, and what
 * it puts out is weaker; that adds up over the layers. Shifts alone are the bias correction of Nagel et al. (2019), section 4.2;
 * for a layer with a batch norm, both together are its statistics, measured again.
 */
final class OutputCorrection {
    private final OutputStatistics wanted;
    private final Map<String, ChannelCorrection> found = new LinkedHashMap<>();

    private OutputCorrection(OutputStatistics wanted) {
        this.wanted = wanted;
    }

    /**
     * Of a model whose weights have been quantized.
     *
     * @param wanted measured on the model's float weights
     * @return a correction a layer, in the order in which layers are computed
     */
    static Map<String, ChannelCorrection> of(DetectionModel model, OutputStatistics wanted) {
        OutputCorrection correction = new OutputCorrection(wanted);
        boolean more = true;
        while (more) {
            Pass pass = correction.new Pass();
            wanted.run(model, pass);
            more = pass.learnFirstShared();
        }
        return correction.found;
    }

    /**
     * Corrects on the way, so that what follows is measured behind it. A layer shared by several levels has been seen by all of them
     * only at the end: a pass learns one such layer.
     */
    private final class Pass implements LayerHooks {
        private final Map<String, ChannelMoments> seen = new LinkedHashMap<>();

        @Override
        public Tensor output(String layer, Tensor y) {
            ChannelMoments target = wanted.of(layer).orElse(null);
            if (target == null) {
                return y;
            }
            if (!found.containsKey(layer)) {
                seen.computeIfAbsent(layer, _ -> new ChannelMoments(target.channels()))
                        .add(y);
                if (!wanted.isShared(layer)) {
                    found.put(layer, ChannelCorrection.between(seen.remove(layer), target));
                }
            }
            ChannelCorrection correction = found.get(layer);
            return correction == null ? y : correction.apply(y);
        }

        /** @return whether there was one */
        boolean learnFirstShared() {
            for (Map.Entry<String, ChannelMoments> layer : seen.entrySet()) {
                found.put(
                        layer.getKey(),
                        ChannelCorrection.between(
                                layer.getValue(), wanted.of(layer.getKey()).orElseThrow()));
                return true;
            }
            return false;
        }
    }
}
