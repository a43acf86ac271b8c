/**
 * The flat weight vector, its layers, and the backends that compute on it.
 *
 * <p>The lowest room of the house: it knows nothing of detectors, losses or search. Only this package
 * calls the native library.
 */
@NullMarked
package dev.dhmq.tensor;

import org.jspecify.annotations.NullMarked;
