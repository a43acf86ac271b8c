package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the kernels run. The plain-Java reference, the SIMD C++ library and CUDA all implement this interface and pass
 * the same tests.
 *
 * <p>Vectors that span the weights have length {@link ParameterLayout#size()}; scale vectors have length
 * {@link ParameterLayout#channels()}. {@code bits} arrays have one entry a layer: 2 to 8, or {@link #SKIP} for a layer
 * the call leaves alone. Lengths are checked before memory is touched, with {@link IllegalArgumentException}. Results
 * depend on the inputs and the thread count alone, bit for bit. One thread at a time may use a backend.
 *
 * <p>Quantization to b bits, with a scale and a zero point z for every channel (one channel a layer: per tensor):
 * {@code Q(w) = scale * (clamp(roundHalfToEven(w / scale) + z, lowest, highest) - z)}. Symmetric: z = 0, from -2^(b-1) to
 * 2^(b-1) - 1. Affine: z is a whole number from 0 to 2^b - 1, the range is 0 to 2^b - 1. A channel whose scale is 0 (all
 * its weights are 0) quantizes to 0; a NaN weight or scale gives NaN.
 */
public interface Backend extends AutoCloseable {

    /** In a {@code bits} array: this layer is not touched by the call. */
    int SKIP = 0;

    /** A short name for reports: {@code reference}, {@code cpu} or {@code cuda}. */
    String name();

    /** Name, instruction set or device, and threads, in one line. */
    String description();

    /** A new vector of zeros, owned by the caller. */
    DeviceVector allocate(long length);

    /** Memory of somebody else's as a vector; its byte size must be a multiple of four. Nothing is copied. */
    DeviceVector wrap(MemorySegment memory);

    /**
     * Memory of another library's as a vector: in place where this backend can compute there, otherwise a copy on the device,
     * which is not filled before {@link SharedVector#fetch}.
     */
    SharedVector share(MemorySegment memory);

    /** Copies all of {@code from} to {@code to}; lengths must agree. */
    void copy(DeviceVector from, DeviceVector to);

    /** Writes host values into a vector of the same length. */
    void write(float[] values, DeviceVector to);

    /** A copy of the vector's values on the host. */
    float[] read(DeviceVector from);

    /**
     * Finds, for every channel of the layers not skipped, the scale with the least squared error, and for affine
     * quantization the zero point.
     *
     * <p>Tries each clipping ratio in order and keeps the first of the best: {@code max|w| / 2^(b-1) * ratio}, or
     * {@code (max(w, 0) - min(w, 0)) / (2^b - 1) * ratio} with the zero point of ratio 1. Those of skipped layers are left
     * as they are. A channel with a NaN or an infinity gets a NaN scale, which the caller must refuse.
     *
     * @param ratios clipping ratios in (0, 2]
     * @param parameters written
     */
    void searchScales(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters);

    /** {@code out = Q(weights; bits)} for the layers not skipped, all in one call. {@code out} may be {@code weights}. */
    void fakeQuantize(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out);

    /**
     * From the gradient at Q(weights) to those of the weights and of the scales, for the layers not skipped: straight
     * through where the integer is in range and 0 where it was clipped; for a scale, the sum over its channel of
     * {@code gradient * (q - z - w / scale)} in range and {@code gradient * (q - z)} where clipped (LSQ, Esser et al. 2020,
     * equation 3), not normalised. A NaN weight passes nothing on; where the scale is 0 all gradients pass and the scale's
     * is 0.
     *
     * @param weightGradients written; may be {@code gradients}
     * @param scaleGradients written, one a channel; null where they are not wanted
     */
    void fakeQuantizeBackward(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector gradients,
            DeviceVector weightGradients,
            @Nullable DeviceVector scaleGradients);

    /**
     * Writes the integers that quantized weights are stored as, where the layout says.
     *
     * @param packed host memory outside the Java heap, {@link PackedLayout#bytes()} long
     * @throws dev.dhmq.InvalidInputException where a weight or a scale of a layer not skipped is NaN
     */
    void pack(PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed);

    /** The inverse of {@link #pack}: bit for bit what {@link #fakeQuantize} gives for the weights packed. */
    void unpack(PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out);

    /**
     * Products of the perturbation D = Q(weights; bits) - current with itself and with other vectors, layer by layer.
     *
     * <p>D is made on the fly and never stored. {@code out} holds {@code 1 + vectors.size()} numbers a layer: D.D first,
     * then D.v for each vector v in order, summed in double. Skipped layers get zeros.
     */
    void perturbationProducts(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector current,
            List<? extends LayerVector> vectors,
            double[] out);

    /**
     * {@code out[l * vectors.size() + k] = v_k,l . x_l} for every layer and vector, summed in double, in one pass over all of
     * them.
     */
    void compactProducts(ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out);

    /** {@code out[l] = a_l . b_l} for every layer, summed in double. */
    void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out);

    /** {@code y += alpha * x}. */
    void axpy(float alpha, DeviceVector x, DeviceVector y);

    /** {@code x_l *= factors[l]} for every layer. */
    void scaleLayers(ParameterLayout layout, double[] factors, DeviceVector x);

    /**
     * Fills with +1 and -1, each with probability one half, from the counter-based Philox 4x32-10: element {@code i} depends
     * on {@code seed}, {@code stream} and {@code i} alone, so every backend and every thread count gives the same vector.
     * Element i takes bit {@code i mod 32} of word {@code (i / 32) mod 4} of the block with counter
     * {@code (i / 128, stream)} as two 64-bit little-endian halves and key {@code seed}; a set bit is -1.
     */
    void fillRademacher(long seed, long stream, DeviceVector out);

    /**
     * Applies the inverse L-BFGS matrix: {@code direction <- H direction} by the two-loop recursion (Nocedal and Wright,
     * Algorithm 7.4), with {@code H0 = diag(inverseCurvature[l] I)}.
     *
     * @param steps s, oldest first
     * @param changes y, gradient changes in the same order
     * @param products s_i.y_j at {@code [i * m + j]}; s_i.y_i must not be 0
     */
    void twoLoopRecursion(
            ParameterLayout layout,
            List<? extends LayerVector> steps,
            List<DeviceVector> changes,
            double[] products,
            double[] inverseCurvature,
            DeviceVector direction);

    /** Frees what the backend itself holds; vectors it allocated must be closed before. Closing twice is harmless. */
    @Override
    void close();
}
