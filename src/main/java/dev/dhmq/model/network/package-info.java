/** The parts of the networks on LibTorch, with torchvision's parameter names and numbers. Tensors stay in here. */
@NullMarked
package dev.dhmq.model.network;

import org.jspecify.annotations.NullMarked;
