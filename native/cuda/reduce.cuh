// Second halves of the sums over layers.
#pragma once

#include "warp.cuh"

namespace dhmq {

/// The sum of partial[begin * stride], partial[(begin + 1) * stride], up to `end`, by all threads of a block in an order that depends on
/// nothing else; the result is in thread 0. All threads must call it.
__device__ inline double sum_by_thread_block(const double *partial, int64_t begin, int64_t end, int64_t stride) {
    __shared__ double sums[THREADS];
    double sum = 0;
    for (int64_t i = begin + threadIdx.x; i < end; i += THREADS) {
        sum += partial[i * stride];
    }
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (unsigned half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            sums[threadIdx.x] += sums[threadIdx.x + half];
        }
        __syncthreads();
    }
    const double result = sums[0];
    // The next call writes again.
    __syncthreads();
    return result;
}

/// out[l * each + k] = the sum over layer l's blocks b of partial[b * each + k].
int32_t sum_blocks(const dhmq_cuda_layout *layout, const double *partial, int64_t each, double *out, void *stream);

} // namespace dhmq
