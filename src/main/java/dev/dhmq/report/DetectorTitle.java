package dev.dhmq.report;

import dev.dhmq.model.DetectorConfig;

/** What a detector is called where nobody has given the page a title. */
public final class DetectorTitle {
    private static final String RESNET = "resnet";

    private DetectorTitle() {}

    /** Such as {@code RetinaNet with ResNet-18}. */
    public static String of(DetectorConfig config) {
        String detector = switch (config.detector()) {
            case DetectorConfig.RETINANET -> "RetinaNet";
            case DetectorConfig.FASTER_RCNN -> "Faster R-CNN";
            default -> "Scripted detector";
        };
        return config.backbone().startsWith(RESNET)
                ? detector + " with ResNet-" + config.backbone().substring(RESNET.length())
                : detector;
    }
}
