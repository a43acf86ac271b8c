// Kernels with one bug each, for the test that the emulation shows it. `right` kernels stand beside the wrong ones: what differs is the bug.
#include "planted.h"

#include <cuda_runtime.h>

namespace dhmq_test {
namespace {

constexpr int THREADS = 64;

/// The sum of THREADS numbers by halving.
template <bool WITH_BARRIER> __global__ void sum(const float *in, float *out) {
    __shared__ float sums[THREADS];
    sums[threadIdx.x] = in[threadIdx.x];
    __syncthreads();
    for (unsigned half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            sums[threadIdx.x] += sums[threadIdx.x + half];
        }
        if (WITH_BARRIER) {
            __syncthreads();
        }
    }
    if (threadIdx.x == 0) {
        *out = sums[0];
    }
}

/// Blocks that all set a bit of one number.
template <bool ATOMIC> __global__ void set_bits(int *bits) {
    if (threadIdx.x == 0) {
        if (ATOMIC) {
            atomicOr(bits, 1 << blockIdx.x % 16);
        } else {
            *bits |= 1 << blockIdx.x % 16;
        }
    }
}

__global__ void shuffle_after_leaving(float *out) {
    if (threadIdx.x % 2 == 1) {
        return;
    }
    out[threadIdx.x] = __shfl_xor_sync(0xffffffffU, 1.0F, 2);
}

__global__ void shuffle_in_two_branches(float *out) {
    if (threadIdx.x % 2 == 1) {
        out[threadIdx.x] = __shfl_xor_sync(0xffffffffU, 1.0F, 1);
    } else {
        out[threadIdx.x] = __shfl_xor_sync(0xffffffffU, 2.0F, 1);
    }
}

__global__ void shuffle_without_oneself(float *out) { out[threadIdx.x] = __shfl_xor_sync(0x0000ffffU, 1.0F, 1); }

__global__ void barrier_for_some() {
    if (threadIdx.x > 0) {
        __syncthreads();
    }
}

__global__ void barrier_in_two_branches() {
    if (threadIdx.x > 0) {
        __syncthreads();
    } else {
        __syncthreads();
    }
}

__global__ void write_one_too_far(float *data, int count) {
    if (static_cast<int>(threadIdx.x) <= count) {
        data[threadIdx.x] = 1;
    }
}

__global__ void read_one_too_far(const float *data, int count, float *out) {
    if (threadIdx.x == 0) {
        *out = data[count];
    }
}

template <typename... P, typename... A> cudaError_t start(unsigned blocks, void (*kernel)(P...), A... arguments) {
    cudaLaunchConfig_t configuration = {};
    configuration.gridDim = dim3(blocks);
    configuration.blockDim = dim3(THREADS);
    return cudaLaunchKernelEx(&configuration, kernel, arguments...);
}

} // namespace

cudaError_t start_sum(bool with_barrier, const float *in, float *out) { return start(1, with_barrier ? sum<true> : sum<false>, in, out); }

cudaError_t start_set_bits(bool atomic, int *bits) { return start(64, atomic ? set_bits<true> : set_bits<false>, bits); }

cudaError_t start_shuffle_after_leaving(float *out) { return start(1, shuffle_after_leaving, out); }

cudaError_t start_shuffle_in_two_branches(float *out) { return start(1, shuffle_in_two_branches, out); }

cudaError_t start_shuffle_without_oneself(float *out) { return start(1, shuffle_without_oneself, out); }

cudaError_t start_barrier_for_some() { return start(1, barrier_for_some); }

cudaError_t start_barrier_in_two_branches() { return start(1, barrier_in_two_branches); }

cudaError_t start_write_one_too_far(float *data, int count) { return start(1, write_one_too_far, data, count); }

cudaError_t start_read_one_too_far(const float *data, int count, float *out) { return start(1, read_one_too_far, data, count, out); }

} // namespace dhmq_test
