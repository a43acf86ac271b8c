/** Detectors whose layers compute with integers: what every runtime takes their numbers from, and LibTorch's way to run them. */
@NullMarked
package dev.dhmq.model.integer;

import org.jspecify.annotations.NullMarked;
