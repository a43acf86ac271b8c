package dev.dhmq.cli;

import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.search.ActivationBits;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Plans in words. */
final class PlanText {
    /** Ranks of fewer steps say nothing. */
    private static final int FEWEST_RANKED = 6;

    private final PrintWriter out;
    private final PrintWriter err;

    /** Onto {@code out}; what deserves a warning onto {@code err}. */
    PlanText(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    /** The plan in this file: its size, what it took, how well it was predicted, and the bits of every layer. */
    void describe(QuantizationPlan plan, Path file) {
        out.printf(
                Locale.ROOT,
                "%s: %.2f times smaller, %d bytes, %.2f bits a weight; %d gradients and %d Hessian-vector products%n",
                file,
                plan.compressionRatio(),
                plan.bytes(),
                plan.meanBits(),
                plan.cost().gradients(),
                plan.cost().hessianVectorProducts());
        describePredictions(plan.steps());
        if (plan.objective().equals(CalibrationLoss.CORRECTED_EFFECT.label())) {
            err.println(
                    "Apply it with dhmq correct or dhmq finetune: its bits were chosen for the corrected detector, and without the"
                            + " correction it may lose far more.");
        }
        for (QuantizationPlan.LayerPlan layer : plan.layers()) {
            out.printf(
                    Locale.ROOT,
                    "  %2d bits  %s%n",
                    layer.bits() == Backend.SKIP ? Float.SIZE : layer.bits(),
                    layer.name());
        }
    }

    /** Says how well the predictions ordered the steps, and warns where it was no better than chance. */
    private void describePredictions(List<SearchStep> steps) {
        OptionalDouble dynamical = RankCorrelation.ofSteps(steps);
        if (steps.size() < FEWEST_RANKED || dynamical.isEmpty()) {
            return;
        }
        out.printf(
                Locale.ROOT,
                "  predicted and measured loss change of %d steps: rank correlation %.2f, of a static prediction %.2f%n",
                steps.size(),
                dynamical.getAsDouble(),
                RankCorrelation.ofStaticSteps(steps).orElse(Double.NaN));
        RankCorrelation.ofPart(steps, TaskLosses::classification)
                .ifPresent(classification -> out.printf(
                        Locale.ROOT,
                        "  by task: %.2f for classification, %.2f for regression%n",
                        classification,
                        RankCorrelation.ofPart(steps, TaskLosses::regression).orElse(Double.NaN)));
        if (RankCorrelation.isChance(dynamical.getAsDouble(), steps.size())) {
            err.println("The predictions order the steps no better than chance would; calibrate on more images"
                    + " (--calibration-images), and judge the plan with dhmq eval before it is used.");
        }
    }

    /** The bits of every quantized activation. */
    void describe(ActivationPlan activations) {
        out.printf(
                Locale.ROOT,
                "activations: %.2f bits an element; loss %+.4g%s%n",
                activations.meanBits(),
                activations.measured(),
                activations.bits() instanceof ActivationBits.Mixed
                        ? String.format(Locale.ROOT, " (predicted %+.4g)", activations.predicted())
                        : "");
        for (ActivationPlan.Entry entry : activations.activations()) {
            out.printf(
                    Locale.ROOT, "  %2d bits  input of %s%n", entry.quantizer().bits(), entry.layer());
        }
        for (ActivationQuantization result : activations.results()) {
            out.printf(
                    Locale.ROOT,
                    "  %2d bits  result of %s%n",
                    result.quantizer().bits(),
                    result.layer());
        }
    }
}
