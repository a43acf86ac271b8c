/** Training a detector. */
@NullMarked
package dev.dhmq.train;

import org.jspecify.annotations.NullMarked;
