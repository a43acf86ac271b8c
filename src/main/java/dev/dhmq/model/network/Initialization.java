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

/** Starting weights as torchvision draws them, from LibTorch's seeded generator. Fills all parameters in the store. */
public final class Initialization {
    /** Share of anchors taken for objects at the start, so that the background's loss does not drown the rest. */
    private static final double PRIOR = 0.01;

    private static final double HEAD_DEVIATION = 0.01;

    private Initialization() {}

    /** RetinaNet's. */
    public static void initialize(ParameterStore store, RetinaNetwork network, long seed) {
        torch.manual_seed(seed);
        try (NoGradGuard _ = new NoGradGuard()) {
            initializeBackbone(store, network.pyramid());
            for (RetinaHead head : List.of(network.classification(), network.regression())) {
                head.tower().forEach(Initialization::initializeHead);
                initializeHead(head.output());
            }
            Tensor prior = network.classification().output().bias();
            if (prior != null) {
                prior.fill_(new Scalar(-Math.log((1 - PRIOR) / PRIOR)));
            }
        }
    }

    /** Faster R-CNN's. */
    public static void initialize(ParameterStore store, FasterRcnnNetwork network, long seed) {
        torch.manual_seed(seed);
        try (NoGradGuard _ = new NoGradGuard()) {
            initializeBackbone(store, network.pyramid());
            network.proposalHead().convolutions().forEach(Initialization::initializeHead);
            for (Linear layer : network.boxHead().layers()) {
                torch.kaiming_uniform_(
                        layer.weight(),
                        Math.sqrt(5),
                        new FanModeType(new kFanIn()),
                        new Nonlinearity(new kLeakyReLU()));
                double bound = 1 / Math.sqrt((double) layer.weight().size(1));
                torch.uniform_(layer.bias(), -bound, bound);
            }
        }
    }

    private static void initializeBackbone(ParameterStore store, FeaturePyramid pyramid) {
        for (Map.Entry<String, Tensor> entry : store.parameters().entrySet()) {
            if (entry.getKey().startsWith("backbone.body") && entry.getValue().dim() == 4) {
                torch.kaiming_normal_(
                        entry.getValue(), 0, new FanModeType(new kFanOut()), new Nonlinearity(new kReLU()));
            }
        }
        for (Convolution convolution : pyramid.convolutions()) {
            torch.kaiming_uniform_(
                    convolution.weight(), 1, new FanModeType(new kFanIn()), new Nonlinearity(new kLeakyReLU()));
        }
    }

    private static void initializeHead(Convolution convolution) {
        torch.normal_(convolution.weight(), 0, HEAD_DEVIATION);
    }
}
