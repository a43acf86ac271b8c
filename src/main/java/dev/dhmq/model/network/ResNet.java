package dev.dhmq.model.network;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** ResNet (He et al., 2016) without its classifier: the features C3, C4 and C5, at strides 8, 16 and 32. */
final class ResNet {
    private final Convolution stem;
    private final BatchNorm stemNorm;
    private final List<List<ResidualBlock>> stages = new ArrayList<>();
    private final int[] featureChannels = new int[3];

    /**
     * @param backbone {@code resnet18}, {@code resnet34} or {@code resnet50}
     * @param baseWidth channels of the stem and of the first stage's inner convolutions; each stage doubles them
     */
    ResNet(ParameterStore store, String name, String backbone, int baseWidth) {
        int[] depths = depths(backbone);
        boolean bottleneck = backbone.equals("resnet50");
        stem = new Convolution(store, name + ".conv1", 3, baseWidth, 7, 2, false);
        stemNorm = new BatchNorm(store, name + ".bn1", baseWidth);
        int channels = baseWidth;
        for (int stage = 0; stage < 4; stage++) {
            int inner = baseWidth << stage;
            List<ResidualBlock> blocks = new ArrayList<>();
            for (int block = 0; block < depths[stage]; block++) {
                String blockName = name + ".layer" + (stage + 1) + "." + block;
                int stride = stage > 0 && block == 0 ? 2 : 1;
                blocks.add(new ResidualBlock(store, blockName, channels, inner, stride, bottleneck));
                channels = bottleneck ? inner * ResidualBlock.EXPANSION : inner;
            }
            stages.add(blocks);
            if (stage > 0) {
                featureChannels[stage - 1] = channels;
            }
        }
    }

    private static int[] depths(String backbone) {
        return switch (backbone) {
            case "resnet18" -> new int[] {2, 2, 2, 2};
            case "resnet34", "resnet50" -> new int[] {3, 4, 6, 3};
            default -> throw new IllegalArgumentException("No backbone is named " + backbone + ".");
        };
    }

    /** Channels of C3, C4 and C5. */
    int[] featureChannels() {
        return featureChannels;
    }

    /** C3, C4 and C5 of images [N, 3, H, W]. */
    Tensor[] forward(Tensor images, boolean training) {
        Tensor x = stemNorm.forward(stem.forward(images), training).relu();
        x = torch.max_pool2d(x, new long[] {3, 3}, new long[] {2, 2}, new long[] {1, 1}, new long[] {1, 1}, false);
        Tensor[] features = new Tensor[3];
        for (int stage = 0; stage < 4; stage++) {
            for (ResidualBlock block : stages.get(stage)) {
                x = block.forward(x, training);
            }
            if (stage > 0) {
                features[stage - 1] = x;
            }
        }
        return features;
    }
}
