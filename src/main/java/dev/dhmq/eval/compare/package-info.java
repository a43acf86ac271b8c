/** Ways to choose bits, measured side by side: the same model, images, quantizer and budgets for all of them. */
@NullMarked
package dev.dhmq.eval.compare;

import org.jspecify.annotations.NullMarked;
