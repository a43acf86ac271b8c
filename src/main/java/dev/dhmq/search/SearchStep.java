package dev.dhmq.search;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One step of the search: some layers went down together, and one gradient was taken.
 *
 * @param number from 1
 * @param moves the layers that moved, best first; in an exchange the one that was given bits, then those that paid
 * @param predicted sum of their sensitivities
 * @param predictedByTask what both parts of the loss were predicted to change by; null unless {@link SearchSettings#byTask}
 * @param predictedStatic the same sum with the curvatures of the start and no gradient, as a static method would have it
 * @param measured change of the weighted loss
 * @param losses both parts of the loss after the step
 * @param change both parts' changes
 * @param damped whether the step's curvature was too small for B and y was damped
 * @param accepted whether it stands; a step that raised the loss much more than predicted is taken back, an exchange that did
 *     not lower it too
 * @param bytes size of all layers after the step, scales included
 * @param compressionRatio 32-bit bytes over that
 */
public record SearchStep(
        int number,
        List<BitMove> moves,
        double predicted,
        @Nullable TaskLosses predictedByTask,
        double predictedStatic,
        double measured,
        TaskLosses losses,
        TaskLosses change,
        boolean damped,
        boolean accepted,
        long bytes,
        double compressionRatio) {

    /** Sum of the sensitivities: what these moves are predicted to do to the loss, each on its own. */
    static double predicted(List<BitMove> moves) {
        return moves.stream().mapToDouble(BitMove::sensitivity).sum();
    }

    /** The same of both parts of the loss, where it is known. */
    static @Nullable TaskLosses predictedByTask(List<BitMove> moves) {
        return moves.stream().anyMatch(move -> move.byTask() == null)
                ? null
                : moves.stream()
                        .map(move -> Objects.requireNonNull(move.byTask()))
                        .reduce(new TaskLosses(0, 0), TaskLosses::plus);
    }
}
