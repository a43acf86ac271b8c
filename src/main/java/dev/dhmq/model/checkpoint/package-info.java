/** Detectors as files: safetensors weights and the architecture beside them. Knows no LibTorch. */
@NullMarked
package dev.dhmq.model.checkpoint;

import org.jspecify.annotations.NullMarked;
