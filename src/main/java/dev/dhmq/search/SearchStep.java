package dev.dhmq.search;

import java.util.List;

/**
 * One step of the search: some layers went down together, and one gradient was taken.
 *
 * @param number from 1
 * @param downgrades the layers that moved, best first
 * @param predicted sum of their sensitivities
 * @param predictedStatic the same sum with the curvatures of the start and no gradient, as a static method would have it
 * @param measured change of the weighted loss
 * @param losses both parts of the loss after the step
 * @param change both parts' changes
 * @param damped whether the step's curvature was too small for B and y was damped
 * @param accepted whether it stands; a step that raised the loss much more than predicted is taken back
 * @param bytes size of all layers after the step, scales included
 * @param compressionRatio 32-bit bytes over that
 */
public record SearchStep(
        int number,
        List<Downgrade> downgrades,
        double predicted,
        double predictedStatic,
        double measured,
        TaskLosses losses,
        TaskLosses change,
        boolean damped,
        boolean accepted,
        long bytes,
        double compressionRatio) {

    /** Sum of the sensitivities: what these downgrades are predicted to do to the loss, each on its own. */
    static double predicted(List<Downgrade> downgrades) {
        return downgrades.stream().mapToDouble(Downgrade::sensitivity).sum();
    }
}
