/**
 * What every room shares: the exception for unusable input, and progress.
 *
 * <p>From a trained detector to a quantized one, saved and judged:
 *
 * {@snippet file="dev/dhmq/examples/TenLines.java" region="quantize"}
 */
@NullMarked
package dev.dhmq;

import org.jspecify.annotations.NullMarked;
