package dev.dhmq.search;

import org.jspecify.annotations.Nullable;

/**
 * One layer going to its next lower candidate width, or in an exchange to its next higher one, and what that is predicted to do to
 * the loss.
 *
 * @param layer index in the layout
 * @param name the layer's name
 * @param from bits now
 * @param to bits afterwards
 * @param savedBits bits of storage it saves, n_l (b - b'), or bit operations where the budget counts these; negative on the
 *     way up
 * @param gradientTerm g_l . D_l
 * @param curvatureTerm 1/2 D_l' B_ll D_l
 * @param sensitivity S_l, as {@link Sensitivity} puts the two together
 * @param byTask the changes of both parts of the loss whose weighted sum S_l is; null unless {@link SearchSettings#byTask}
 */
public record BitMove(
        int layer,
        String name,
        int from,
        int to,
        double savedBits,
        double gradientTerm,
        double curvatureTerm,
        double sensitivity,
        @Nullable TaskLosses byTask) {}
