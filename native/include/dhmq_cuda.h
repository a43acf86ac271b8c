/*
 * The kernels of DHMQ on CUDA: a twin of every dhmq_cpu_* function. What a function computes is written in dhmq.h and holds here
 * too; this header says only what differs.
 *
 * Conventions
 *   - Every pointer is to device memory, the tables of pointers (`vectors`, `steps`, `changes`) and the pointers in them too,
 *     except `layout` itself and what the two functions that cut layers take, which lie on the host.
 *   - The last argument is a cudaStream_t, null for the default one. A function enqueues its kernels on the current device and
 *     returns: it does not synchronise, allocate, or keep a host pointer. Results are there once the stream has come that far.
 *   - A status tells about the arguments and the launches alone. What lies on the device cannot be checked without waiting for it:
 *     bits, layers, scales and tables of pointers are the caller's to answer for. `bits` other than 2 to 8 is taken for DHMQ_SKIP.
 *   - DHMQ_CUDA_ERROR + e stands for a CUDA runtime error e (cudaError_t) from a launch or a question to the device.
 *   - A function that sums takes a `workspace` of device memory, aligned to 16 bytes, of the size that its _workspace function
 *     tells; it may be null where that is 0. Its contents need not be set and mean nothing afterwards. Two calls may share one if
 *     they are in the same stream.
 *   - Sums are taken in an order that depends on the layout alone, without floating-point atomics: the same on every run and every
 *     device. They differ from the CPU's by the order, so by some 1e-13 of the sum of the magnitudes, a few float roundings in
 *     the two-loop recursion. Everything else is the CPU's result bit for bit, but which of two scales wins in the search where
 *     their squared errors are the same to 1 in 10,000.
 */
#ifndef DHMQ_CUDA_H
#define DHMQ_CUDA_H

#include "dhmq.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a function or a structure here changes; compared with dhmq_cuda_abi_version() when the library is loaded. */
#define DHMQ_CUDA_ABI_VERSION 1

/* Added to a cudaError_t. */
#define DHMQ_CUDA_ERROR 100

/* Most weights in a dhmq_block. */
#define DHMQ_CUDA_BLOCK 2048

/* The work of one warp: a run of one channel's weights. */
struct dhmq_block {
    int64_t offset;  /* index of its first weight in the flat vector */
    int64_t channel; /* index of its channel among all layers' channels */
    int32_t layer;
    int32_t count;   /* 1 to DHMQ_CUDA_BLOCK */
};

/* The layers as the kernels see them. The structure lies on the host and its three arrays on the device; made once per network. */
struct dhmq_cuda_layout {
    const struct dhmq_layer *layers;
    const struct dhmq_block *blocks; /* what dhmq_cuda_cut_blocks gave */
    const int64_t *first_blocks;     /* what dhmq_cuda_cut_blocks gave: layer l has the blocks from [l] up to [l + 1] */
    int64_t layer_count;
    int64_t block_count;
};

/* The DHMQ_CUDA_ABI_VERSION the library was built with. */
DHMQ_API int32_t dhmq_cuda_abi_version(void);

/* How many blocks the layers (on the host) are cut into; -1 where the layers are invalid. */
DHMQ_API int64_t dhmq_cuda_count_blocks(const struct dhmq_layer *layers, int64_t layer_count);

/*
 * Cuts the layers into blocks, in order. All on the host: `blocks` has dhmq_cuda_count_blocks entries, `first_blocks` has
 * layer_count + 1. The caller copies the three tables to the device.
 */
DHMQ_API int32_t dhmq_cuda_cut_blocks(const struct dhmq_layer *layers, int64_t layer_count, struct dhmq_block *blocks, int64_t *first_blocks);

/* Bytes of workspace; -1 where an argument is invalid. Only the counts in the layout are read. */
DHMQ_API int64_t dhmq_cuda_search_scales_workspace(const struct dhmq_cuda_layout *layout, int64_t ratio_count);
DHMQ_API int64_t dhmq_cuda_fake_quantize_backward_workspace(const struct dhmq_cuda_layout *layout);
DHMQ_API int64_t dhmq_cuda_perturbation_products_workspace(const struct dhmq_cuda_layout *layout, int64_t vector_count);
DHMQ_API int64_t dhmq_cuda_compact_products_workspace(const struct dhmq_cuda_layout *layout, int64_t vector_count);
DHMQ_API int64_t dhmq_cuda_segmented_dot_workspace(const struct dhmq_cuda_layout *layout);
DHMQ_API int64_t dhmq_cuda_two_loop_recursion_workspace(const struct dhmq_cuda_layout *layout, int64_t pair_count);

DHMQ_API int32_t dhmq_cuda_search_scales(const struct dhmq_cuda_layout *layout, const int32_t *bits, const float *weights, const float *ratios,
                                int64_t ratio_count, float *scales, float *zero_points, void *workspace, void *stream);

DHMQ_API int32_t dhmq_cuda_fake_quantize(const struct dhmq_cuda_layout *layout, const int32_t *bits, const float *weights,
                                const float *scales, const float *zero_points, float *out, void *stream);

/* `workspace` may be null where `scale_gradients` is. */
DHMQ_API int32_t dhmq_cuda_fake_quantize_backward(const struct dhmq_cuda_layout *layout, const int32_t *bits, const float *weights,
                                         const float *scales, const float *zero_points, const float *gradients,
                                         float *weight_gradients, float *scale_gradients, void *workspace, void *stream);

/*
 * `not_finite` is one number on the device: set to 1 where dhmq_cpu_pack would return DHMQ_NOT_FINITE, otherwise to 0. A NaN is
 * packed as 0.
 */
DHMQ_API int32_t dhmq_cuda_pack(const struct dhmq_cuda_layout *layout, const int32_t *bits, const float *weights, const float *scales,
                       const float *zero_points, const int64_t *byte_offsets, uint8_t *packed, int32_t *not_finite, void *stream);

DHMQ_API int32_t dhmq_cuda_unpack(const struct dhmq_cuda_layout *layout, const int32_t *bits, const uint8_t *packed,
                         const int64_t *byte_offsets, const float *scales, const float *zero_points, float *out, void *stream);

DHMQ_API int32_t dhmq_cuda_perturbation_products(const struct dhmq_cuda_layout *layout, const int32_t *bits, const float *weights,
                                        const float *scales, const float *zero_points, const float *current,
                                        const float *const *vectors, int64_t vector_count, double *out, void *workspace, void *stream);

DHMQ_API int32_t dhmq_cuda_compact_products(const struct dhmq_cuda_layout *layout, const float *const *vectors, int64_t vector_count,
                                   const float *x, double *out, void *workspace, void *stream);

DHMQ_API int32_t dhmq_cuda_segmented_dot(const struct dhmq_cuda_layout *layout, const float *a, const float *b, double *out,
                                void *workspace, void *stream);

DHMQ_API int32_t dhmq_cuda_axpy(int64_t length, float alpha, const float *x, float *y, void *stream);

DHMQ_API int32_t dhmq_cuda_scale_layers(const struct dhmq_cuda_layout *layout, const double *factors, float *x, void *stream);

DHMQ_API int32_t dhmq_cuda_fill_rademacher(uint64_t seed, uint64_t stream_number, int64_t length, float *out, void *stream);

/* `products` and `inverse_curvature` are on the device too: no number comes back to the host between the passes. */
DHMQ_API int32_t dhmq_cuda_two_loop_recursion(const struct dhmq_cuda_layout *layout, const float *const *steps, const float *const *changes,
                                     const double *products, int64_t pair_count, const double *inverse_curvature,
                                     float *direction, void *workspace, void *stream);

#ifdef __cplusplus
}
#endif

#endif
