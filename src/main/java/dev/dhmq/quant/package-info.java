/** Bit widths and the quantizer of weights: scales, fake quantization, size in bytes. */
@NullMarked
package dev.dhmq.quant;

import org.jspecify.annotations.NullMarked;
