package dev.dhmq.report;

import dev.dhmq.InvalidInputException;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.compare.Results;
import dev.dhmq.quant.BitAssignment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All that a report tells. Immutable.
 *
 * @param title of the page
 * @param program name and version of what writes it
 * @param plans of one checkpoint, at least one, largest first
 * @param comparison the search beside other methods
 * @param evaluations COCO's numbers of detectors, the first being what others are compared with
 * @param gallery what float and quantized detectors find in photographs
 */
public record Report(
        String title,
        String program,
        List<PlanDocument> plans,
        Optional<Compared> comparison,
        List<Evaluation> evaluations,
        Optional<Gallery> gallery) {

    /** Checks that the parts are about the same detector. */
    public Report {
        plans = List.copyOf(plans);
        evaluations = List.copyOf(evaluations);
        if (plans.isEmpty()) {
            throw new IllegalArgumentException("A report needs a plan.");
        }
        PlanDocument first = plans.getFirst();
        plans.forEach(plan -> requireSameModel(first, plan));
        comparison.ifPresent(compared -> requireSameModel(first, compared));
    }

    /** The same report with photographs. */
    public Report with(Gallery photographs) {
        return new Report(title, program, plans, comparison, evaluations, Optional.of(photographs));
    }

    /** A comparison, and the file it was read from. */
    public record Compared(Path file, String sha256, Results results) {}

    /** COCO's numbers under a label, and the file they were read from. */
    public record Evaluation(String label, Path file, CocoMetrics metrics) {}

    private static void requireSameModel(PlanDocument first, PlanDocument other) {
        if (!first.stored().modelSha256().equals(other.stored().modelSha256())
                || !names(first).equals(names(other))) {
            throw new InvalidInputException(other.file() + " was made for another checkpoint than " + first.file()
                    + "; write a report for each.");
        }
    }

    private static List<String> names(PlanDocument plan) {
        return plan.stored().assignment().layers().stream()
                .map(BitAssignment.Entry::name)
                .toList();
    }

    private static void requireSameModel(PlanDocument first, Compared compared) {
        if (!first.stored().modelSha256().equals(compared.results().conditions().get("modelSha256"))) {
            throw new InvalidInputException(compared.file() + " compares methods on another checkpoint than that of "
                    + first.file() + "; compare on that one, or leave the comparison out.");
        }
    }
}
