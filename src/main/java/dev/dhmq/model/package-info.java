/** Detectors on LibTorch, their losses and post-processing, and the objectives the search minimises. With {@code train} the only room that knows LibTorch. */
@NullMarked
package dev.dhmq.model;

import org.jspecify.annotations.NullMarked;
