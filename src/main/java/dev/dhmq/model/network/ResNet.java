package dev.dhmq.model.network;

import dev.dhmq.model.DetectorConfig;
import java.util.ArrayList;
import java.util.List;

/** ResNet (He et al., 2016) without its classifier: the features C2 to C5, at strides 4, 8, 16 and 32, or the last of them. */
final class ResNet {
    private static final int STAGES = 4;

    private final Convolution stem;
    private final BatchNorm stemNorm;
    private final List<List<ResidualBlock>> stages = new ArrayList<>();
    private final int firstStage;
    private final int[] featureChannels;

    /**
     * Declares the parameters.
     *
     * @param firstStage stage whose features come first: 0 for C2, 1 for C3
     */
    ResNet(ParameterStore store, String name, DetectorConfig config, int firstStage) {
        this.firstStage = firstStage;
        featureChannels = new int[STAGES - firstStage];
        int[] depths = depths(config.backbone());
        boolean bottleneck =
                config.backbone().equals("resnet50") || config.backbone().equals("resnet101");
        stem = new Convolution(store, name + ".conv1", 3, config.baseWidth(), 7, 2, false);
        stemNorm = new BatchNorm(store, name + ".bn1", name + ".conv1", config.baseWidth(), config.norms());
        int channels = config.baseWidth();
        for (int stage = 0; stage < STAGES; stage++) {
            int inner = config.baseWidth() << stage;
            List<ResidualBlock> blocks = new ArrayList<>();
            for (int block = 0; block < depths[stage]; block++) {
                String blockName = name + ".layer" + (stage + 1) + "." + block;
                int stride = stage > 0 && block == 0 ? 2 : 1;
                blocks.add(new ResidualBlock(store, blockName, channels, inner, stride, bottleneck, config.norms()));
                channels = bottleneck ? inner * ResidualBlock.EXPANSION : inner;
            }
            stages.add(blocks);
            if (stage >= firstStage) {
                featureChannels[stage - firstStage] = channels;
            }
        }
    }

    private static int[] depths(String backbone) {
        return switch (backbone) {
            case "resnet18" -> new int[] {2, 2, 2, 2};
            case "resnet34", "resnet50" -> new int[] {3, 4, 6, 3};
            case "resnet101" -> new int[] {3, 4, 23, 3};
            default -> throw new IllegalArgumentException("No backbone is named " + backbone + ".");
        };
    }

    /** Channels of the features, in their order. */
    int[] featureChannels() {
        return featureChannels;
    }

    /** The features of images, [N, 3, H, W], finest first. */
    List<Signal> forward(Signal images, boolean training) {
        Signal x =
                Signal.alone(() -> stemNorm.after(stem, images, training).relu().maxPool());
        List<Signal> features = new ArrayList<>();
        for (int stage = 0; stage < STAGES; stage++) {
            for (ResidualBlock block : stages.get(stage)) {
                x = block.forward(x, training);
            }
            if (stage >= firstStage) {
                features.add(x);
            }
        }
        return features;
    }
}
