package dev.dhmq.model.network;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The region proposal network's head (Ren et al., 2015): a 3x3 convolution and two outputs, the same on every level. */
final class ProposalHead {
    private final Convolution shared;
    private final Convolution objectness;
    private final Convolution deltas;

    ProposalHead(ParameterStore store, String name, int channels, int anchors) {
        shared = new Convolution(store, name + ".conv.0.0", channels, channels, 3, 1, true);
        objectness = new Convolution(store, name + ".cls_logits", channels, anchors, 1, 1, true);
        deltas = new Convolution(store, name + ".bbox_pred", channels, 4 * anchors, 1, 1, true);
    }

    FasterRcnnNetwork.ProposalOutputs forward(List<Tensor> pyramid) {
        TensorVector logits = new TensorVector();
        TensorVector boxes = new TensorVector();
        for (Tensor level : pyramid) {
            Tensor x = shared.forward(level).relu();
            // From channels first to anchors last, in the order of the anchor grid.
            logits.push_back(objectness.forward(x).permute(0, 2, 3, 1).reshape(x.size(0), -1));
            boxes.push_back(deltas.forward(x).permute(0, 2, 3, 1).reshape(x.size(0), -1, 4));
        }
        return new FasterRcnnNetwork.ProposalOutputs(torch.cat(logits, 1), torch.cat(boxes, 1));
    }

    List<Convolution> convolutions() {
        return List.of(shared, objectness, deltas);
    }
}
