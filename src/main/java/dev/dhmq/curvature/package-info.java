/** Curvature of the calibration loss: products with the Hessian, its traces, and its L-BFGS approximation. */
@NullMarked
package dev.dhmq.curvature;

import org.jspecify.annotations.NullMarked;
