/*
 * The kernels of DHMQ: the one contract between the JVM and native code.
 *
 * Conventions
 *   - Every function that can fail returns a status: DHMQ_OK or one of the codes below. None throws, aborts, prints or keeps a
 *     pointer after it returns. On failure the results are unspecified.
 *   - Sizes and indices are int64_t and count elements, not bytes. Weights are float32, sums over them are double.
 *   - `bits` has one entry a layer: 2 to 8, or DHMQ_SKIP for a layer the call leaves alone.
 *   - A vector that spans the weights is one array; the layers are slices of it, given by a table of dhmq_layer. The length of
 *     every such vector is at least offset + channels * channel_size of each layer, and of `scales` and `zero_points`
 *     first_channel + channels: the caller answers for that, as lengths do not cross.
 *   - `vectors` and `steps` are tables of pointers, a row a vector and a column a layer: the first of the layer's weights in that
 *     vector, or null where the vector is zero in all of the layer. So a step that moved one layer is stored for that layer alone.
 *   - Pointers need the alignment of their type, and are refused without it. Outputs may not overlap inputs unless a function says
 *     so; where the layers tell how far the arrays reach, an overlap is refused.
 *   - Results are the same bit for bit in every run, for every number of threads and for every instruction set.
 *   - Calls may come from any thread; two calls at once must not write the same memory.
 *
 * Quantization to b bits, with a scale and a zero point z for every channel (one channel a layer: per tensor):
 *   Q(w) = scale * (clamp(round_half_to_even(w / scale) + z, lowest, highest) - z),   and 0 where the scale is 0.
 *   symmetric   `zero_points` is null: z = 0, lowest = -2^(b-1), highest = 2^(b-1) - 1
 *   affine      z is a whole number from 0 to 2^b - 1, lowest = 0, highest = 2^b - 1
 * A NaN weight or scale gives NaN.
 */
#ifndef DHMQ_H
#define DHMQ_H

#include <stdint.h>

/* Everything else in the library is hidden. */
#define DHMQ_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a function or a structure here changes; compared with dhmq_abi_version() when the library is loaded. */
#define DHMQ_ABI_VERSION 2

/* In `bits`: this layer is not touched. */
#define DHMQ_SKIP 0

/* Most vectors, and most pairs, that a call takes. */
#define DHMQ_MAX_VECTORS 64

/* Status codes. */
#define DHMQ_OK 0
#define DHMQ_INVALID_ARGUMENT 1
#define DHMQ_OUT_OF_MEMORY 2
#define DHMQ_UNSUPPORTED 3
#define DHMQ_NOT_FINITE 4

/* One layer: a slice of the flat weight vector, cut into output channels that lie one after the other. */
struct dhmq_layer {
    int64_t offset;        /* index of the layer's first weight in the flat vector */
    int64_t channels;      /* output channels; each has a scale of its own */
    int64_t channel_size;  /* weights in one channel */
    int64_t first_channel; /* index of the layer's first channel among all layers' channels */
};

/* The DHMQ_ABI_VERSION the library was built with. */
DHMQ_API int32_t dhmq_abi_version(void);

/* What a status means, in a few words; a static string. Unknown codes are named as such. */
DHMQ_API const char *dhmq_status_string(int32_t status);

/*
 * The instruction set the CPU kernels use: "baseline", "avx2" or "avx512"; a static string. It is the best this processor and its
 * operating system have, or a lower one named by the environment variable DHMQ_ISA when the library is first used; a name there
 * that is unknown or not to be had changes nothing.
 */
DHMQ_API const char *dhmq_isa(void);

/*
 * Uses another instruction set from now on, for tests and comparisons. DHMQ_UNSUPPORTED where this processor lacks it or the name
 * is unknown. Not to be called while a kernel runs.
 */
DHMQ_API int32_t dhmq_set_isa(const char *name);

/* Threads the CPU kernels may use: OpenMP's number when the library is first used, until dhmq_set_threads changes it. */
DHMQ_API int32_t dhmq_max_threads(void);

/* Sets how many threads the CPU kernels may use, at least 1. OpenMP's own setting, which LibTorch shares, stays as it is. */
DHMQ_API int32_t dhmq_set_threads(int32_t threads);

/*
 * For every channel of the layers not skipped, the scale with the least squared error; for affine quantization also the zero point.
 * Tries each clipping ratio in order and keeps the first of the best:
 *   symmetric   scale = max|w| / 2^(b-1) * ratio
 *   affine      scale = (max(w, 0) - min(w, 0)) / (2^b - 1) * ratio,   z = round_half_to_even(-min(w, 0) / unclipped scale)
 * A channel with a NaN or an infinity gets a NaN scale and a zero point of 0. Those of skipped layers are left as they are.
 */
DHMQ_API int32_t dhmq_cpu_search_scales(const struct dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                               const float *ratios, int64_t ratio_count, float *scales, float *zero_points);

/* out = Q(weights; bits) for the layers not skipped. `out` may be `weights`. */
DHMQ_API int32_t dhmq_cpu_fake_quantize(const struct dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                               const float *scales, const float *zero_points, float *out);

/*
 * From the gradient at Q(weights) to those of the weights and of the scales, for the layers not skipped. With
 * u = round_half_to_even(w / scale) + z:
 *   weight_gradients   the gradient where lowest <= u <= highest, otherwise 0: straight through, with clipping
 *   scale_gradients    for every channel, the sum of gradient * (u - z - w / scale) where u is in range and of
 *                      gradient * (clamp(u) - z) where it is not (LSQ, Esser et al. 2020, equation 3); not normalised
 * A NaN weight passes nothing on. Where the scale is 0, all gradients pass and the scale's is 0. `scale_gradients` may be null.
 * `weight_gradients` may be `gradients`.
 */
DHMQ_API int32_t dhmq_cpu_fake_quantize_backward(const struct dhmq_layer *layers, int64_t layer_count, const int32_t *bits,
                                        const float *weights, const float *scales, const float *zero_points,
                                        const float *gradients, float *weight_gradients, float *scale_gradients);

/*
 * Integers of b bits, clamp(round_half_to_even(w / scale) + z, lowest, highest), packed without gaps: weight i of a layer takes the
 * bits from i * b on, counted from the lowest bit of the layer's first byte, as ONNX packs int4 and int2. Negative ones are in two's
 * complement. Layer l begins at packed[byte_offsets[l]] and takes ceil(weights * b / 8) bytes; bits left over in its last byte are 0.
 * DHMQ_NOT_FINITE where a weight or a scale of a layer that is not skipped is NaN: no integer stands for it.
 */
DHMQ_API int32_t dhmq_cpu_pack(const struct dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                      const float *scales, const float *zero_points, const int64_t *byte_offsets, uint8_t *packed);

/* The inverse of dhmq_cpu_pack: out = scale * (q - z), bit for bit what dhmq_cpu_fake_quantize gives for the weights packed. */
DHMQ_API int32_t dhmq_cpu_unpack(const struct dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const uint8_t *packed,
                        const int64_t *byte_offsets, const float *scales, const float *zero_points, float *out);

/*
 * Products of D = Q(weights; bits) - current, layer by layer; D is made in cache and never stored, and every array is read once.
 * `out` has 1 + vector_count numbers a layer: D.D, then D.v for each of the vectors in order. Skipped layers get zeros.
 * vector_count is 0 to DHMQ_MAX_VECTORS.
 */
DHMQ_API int32_t dhmq_cpu_perturbation_products(const struct dhmq_layer *layers, int64_t layer_count, const int32_t *bits,
                                       const float *weights, const float *scales, const float *zero_points,
                                       const float *current, const float *const *vectors, int64_t vector_count, double *out);

/*
 * The compact form's products: out[l * vector_count + k] = v_k,l . x_l for every layer l and vector k, in one pass over all of
 * them. vector_count is 1 to DHMQ_MAX_VECTORS.
 */
DHMQ_API int32_t dhmq_cpu_compact_products(const struct dhmq_layer *layers, int64_t layer_count, const float *const *vectors,
                                  int64_t vector_count, const float *x, double *out);

/* out[l] = a_l . b_l for every layer. `a` may be `b`. */
DHMQ_API int32_t dhmq_cpu_segmented_dot(const struct dhmq_layer *layers, int64_t layer_count, const float *a, const float *b, double *out);

/* to = from, on all threads; past the caches where the copy will not fit into them. */
DHMQ_API int32_t dhmq_cpu_copy(int64_t length, const float *from, float *to);

/* y += alpha * x, rounded after the product and after the sum. `y` may be `x`. */
DHMQ_API int32_t dhmq_cpu_axpy(int64_t length, float alpha, const float *x, float *y);

/* x_l *= factors[l] for every layer: the product in double, rounded once. */
DHMQ_API int32_t dhmq_cpu_scale_layers(const struct dhmq_layer *layers, int64_t layer_count, const double *factors, float *x);

/*
 * Fills with +1 and -1 from Philox 4x32-10 (Salmon et al., 2011). Element i takes bit i mod 32 of word (i / 32) mod 4 of the
 * block with counter (i / 128, stream), as two 64-bit little-endian halves, and key `seed`; a set bit is -1.
 */
DHMQ_API int32_t dhmq_cpu_fill_rademacher(uint64_t seed, uint64_t stream, int64_t length, float *out);

/*
 * direction <- H direction with the inverse L-BFGS matrix H, by the two-loop recursion (Nocedal and Wright, Algorithm 7.4) with
 * H0 = diag(inverse_curvature[l] I). Pairs are oldest first: rows of `steps`, vectors `changes`, which may lie in a ring, and
 * `products` s_i.y_j at [i * pair_count + j], of which s_i.y_i must not be 0. pair_count is 0 to DHMQ_MAX_VECTORS. Dots run over
 * all layers together; what lies between layers is left alone.
 */
DHMQ_API int32_t dhmq_cpu_two_loop_recursion(const struct dhmq_layer *layers, int64_t layer_count, const float *const *steps,
                                    const float *const *changes, const double *products, int64_t pair_count,
                                    const double *inverse_curvature, float *direction);

#ifdef __cplusplus
}
#endif

#endif
