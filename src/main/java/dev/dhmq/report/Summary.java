package dev.dhmq.report;

import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import java.util.List;

/** The top of the page: each plan in a few numbers. */
final class Summary {
    private Summary() {}

    static void write(Markup page, List<PlanDocument> plans) {
        page.open("div", "class", "cards");
        for (PlanDocument plan : plans) {
            page.open("div", "class", "card");
            page.open("p", "class", "big")
                    .leaf(
                            "data",
                            Numerals.fixed(plan.compressionRatio(), 2),
                            "value",
                            Double.toString(plan.compressionRatio()))
                    .leaf("small", "times smaller")
                    .close();
            page.leaf("p", "asked for: " + plan.budget(), "class", "asked");
            page.open("dl");
            entry(page, "size", Numerals.bytes(plan.bytes()), Numerals.whole(plan.bytes()) + " bytes, scales included");
            entry(page, "bits a weight", Numerals.fixed(plan.meanBits(), 2), "scales not counted");
            entry(
                    page,
                    "loss",
                    Numerals.general(plan.losses().weighted(plan.weights())),
                    "on the calibration images, classification "
                            + Numerals.general(plan.losses().classification())
                            + " and regression "
                            + Numerals.general(plan.losses().regression())
                            + " times their weights");
            entry(page, "gradients", Numerals.whole(plan.cost().gradients()), "of all calibration images");
            if (!plan.activations().isEmpty()) {
                entry(
                        page,
                        "activations",
                        plan.activations().size() + " quantized",
                        "inputs of layers with few bits; the others stay in float32");
            }
            page.close()
                    .leaf("p", plan.file().getFileName().toString(), "class", "file")
                    .close();
        }
        page.close().line();
    }

    private static void entry(Markup page, String name, String value, String remark) {
        page.open("div", "title", remark).leaf("dt", name).leaf("dd", value).close();
    }
}
