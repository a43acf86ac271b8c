package dev.dhmq.model;

import dev.dhmq.model.network.LayerHooks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Gains and shifts that give every channel of a quantized network's layers the mean and the deviation it had in float32, layer
 * after layer, each behind the corrected ones before it. Quantized at few bits, a channel's weights are shorter as a rule, and what
 * it puts out is weaker; that adds up over the layers. Shifts alone are the bias correction of Nagel et al. (2019), section 4.2;
 * for a layer with a batch norm, both together are its statistics, measured again.
 */
final class OutputCorrection {
    private OutputCorrection() {}

    /**
     * Of a model whose weights have been quantized.
     *
     * @param wanted measured on the model's float weights
     * @return a correction a layer, in the order in which layers are computed
     */
    static Map<String, ChannelCorrection> of(DetectionModel model, OutputStatistics wanted) {
        Map<String, ChannelCorrection> found = new LinkedHashMap<>();
        wanted.run(model, new LayerHooks() {
            @Override
            public List<Tensor> outputs(String layer, List<Tensor> levels) {
                return wanted.of(layer)
                        .map(target -> {
                            ChannelMoments moments = new ChannelMoments(target.channels());
                            levels.forEach(moments::add);
                            ChannelCorrection correction = ChannelCorrection.between(moments, target);
                            found.put(layer, correction);
                            return levels.stream().map(correction::apply).toList();
                        })
                        .orElse(levels);
            }
        });
        return found;
    }
}
