/** Detectors that come as TorchScript programs. */
@NullMarked
package dev.dhmq.model.script;

import org.jspecify.annotations.NullMarked;
