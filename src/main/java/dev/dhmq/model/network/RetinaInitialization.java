package dev.dhmq.model.network;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.FanModeType;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Nonlinearity;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kFanIn;
import org.bytedeco.pytorch.kFanOut;
import org.bytedeco.pytorch.kLeakyReLU;
import org.bytedeco.pytorch.kReLU;

/** Starting weights as torchvision draws them, from LibTorch's seeded generator. */
public final class RetinaInitialization {
    /** Share of anchors taken for objects at the start, so that the background's loss does not drown the rest. */
    private static final double PRIOR = 0.01;

    private RetinaInitialization() {}

    /** Fills all parameters of the network in the store. */
    public static void initialize(ParameterStore store, RetinaNetwork network, long seed) {
        torch.manual_seed(seed);
        try (NoGradGuard _ = new NoGradGuard()) {
            for (Map.Entry<String, Tensor> entry : store.parameters().entrySet()) {
                if (entry.getKey().startsWith("backbone.body")
                        && entry.getValue().dim() == 4) {
                    torch.kaiming_normal_(
                            entry.getValue(), 0, new FanModeType(new kFanOut()), new Nonlinearity(new kReLU()));
                }
            }
            for (Convolution convolution : network.pyramid().convolutions()) {
                torch.kaiming_uniform_(
                        convolution.weight(), 1, new FanModeType(new kFanIn()), new Nonlinearity(new kLeakyReLU()));
            }
            for (RetinaHead head : List.of(network.classification(), network.regression())) {
                head.tower().forEach(convolution -> torch.normal_(convolution.weight(), 0, 0.01));
                torch.normal_(head.output().weight(), 0, 0.01);
            }
            Tensor prior = network.classification().output().bias();
            if (prior != null) {
                prior.fill_(new Scalar(-Math.log((1 - PRIOR) / PRIOR)));
            }
        }
    }
}
