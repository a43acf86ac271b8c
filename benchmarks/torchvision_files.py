#!/usr/bin/env python3
"""Detectors as torchvision saves them, and what torchvision makes of them, for TorchvisionFilesTest.

    torchvision_files.py OUT        needs PyTorch and torchvision

OUT/retinanet and OUT/fasterrcnn receive model.pt (torch.jit.script), model.pth (torch.save of the state dict) and
expected.json: losses, sums over the detections, and layers of a small random detector on one image.
"""
import json
import os
import sys

import torch
from torchvision.models.detection import FasterRCNN, RetinaNet
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

HEIGHT, WIDTH = 160, 200
BOXES, LABELS = [[10.0, 20, 80, 90], [50, 60, 120, 150]], [1, 2]


def build(kind):
    backbone = dict(backbone_name="resnet18", weights=None, norm_layer=torch.nn.BatchNorm2d, trainable_layers=5)
    if kind == "retinanet":
        body = resnet_fpn_backbone(returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256), **backbone)
        return RetinaNet(body, 4, min_size=160, max_size=320)
    # The samplers take all there is, so that no draw is left to chance.
    return FasterRCNN(
        resnet_fpn_backbone(**backbone), 4, min_size=160, max_size=320, rpn_pre_nms_top_n_train=400,
        rpn_post_nms_top_n_train=200, rpn_pre_nms_top_n_test=400, rpn_post_nms_top_n_test=200,
        rpn_batch_size_per_image=1 << 20, box_batch_size_per_image=1 << 20, box_positive_fraction=0.5)


def main(out):
    image = torch.linspace(0, 1, 3 * HEIGHT * WIDTH).reshape(3, HEIGHT, WIDTH)
    for kind in ("retinanet", "fasterrcnn"):
        torch.manual_seed(0)
        folder = os.path.join(out, kind)
        os.makedirs(folder, exist_ok=True)
        model = build(kind).eval()
        if kind == "retinanet":
            # Else nothing of an untrained RetinaNet passes the score threshold.
            torch.nn.init.zeros_(model.head.classification_head.cls_logits.bias)
        torch.jit.script(model).save(os.path.join(folder, "model.pt"))
        torch.save(model.state_dict(), os.path.join(folder, "model.pth"))
        with torch.no_grad():
            found = model([image])[0]
        model.train()
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
        losses = model([image], [dict(boxes=torch.tensor(BOXES), labels=torch.tensor(LABELS))])
        expected = dict(
            detector=kind, detections=len(found["scores"]), scores=float(found["scores"].double().sum()),
            boxes=float(found["boxes"].double().sum()), losses={name: float(loss) for name, loss in losses.items()},
            layers=sorted(name for name, weight in model.named_parameters() if weight.dim() >= 2))
        with open(os.path.join(folder, "expected.json"), "w") as file:
            json.dump(expected, file, indent=1)
        print(expected["detector"], expected["detections"], expected["losses"])


main(sys.argv[1])
