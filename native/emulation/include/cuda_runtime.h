// What a .cu source of native/cuda finds in place of CUDA's own header when the C++ compiler compiles it for the emulation: the part
// of the language that DHMQ's kernels use. A kernel is a function that is run once for every thread of the grid; see ../grid.cpp.
#pragma once

#include "cudart.h"

#include <math.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <source_location>
#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
/// One for each worker: a block never leaves the worker it began on.
#define __shared__ static thread_local

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;

    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

struct alignas(16) float4 {
    float x, y, z, w;
};

inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

struct cudaLaunchConfig_t {
    dim3 gridDim;
    dim3 blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
};

#define DHMQ_EMULATION_EXPORT __attribute__((visibility("default")))

/// Where the thread that asks stands: set before each of its turns.
extern constinit thread_local uint3 DHMQ_EMULATION_EXPORT threadIdx;
extern constinit thread_local uint3 DHMQ_EMULATION_EXPORT blockIdx;
extern constinit thread_local dim3 DHMQ_EMULATION_EXPORT blockDim;
extern constinit thread_local dim3 DHMQ_EMULATION_EXPORT gridDim;

namespace dhmq_emulation {

/// Enqueues a grid whose every thread calls `kernel`.
DHMQ_EMULATION_EXPORT cudaError_t launch(const cudaLaunchConfig_t &configuration, std::function<void()> kernel);

DHMQ_EMULATION_EXPORT void sync_threads(const std::source_location &where);
DHMQ_EMULATION_EXPORT void sync_warp(unsigned mask, const std::source_location &where);
/// What the lane `from` gives.
DHMQ_EMULATION_EXPORT uint64_t shuffle(unsigned mask, uint64_t given, unsigned from, const std::source_location &where);

template <typename T> T shuffle_as(unsigned mask, T given, unsigned from, const std::source_location &where) {
    static_assert(sizeof(T) <= sizeof(uint64_t) && std::is_trivially_copyable_v<T>);
    uint64_t word = 0;
    std::memcpy(&word, &given, sizeof given);
    word = shuffle(mask, word, from, where);
    std::memcpy(&given, &word, sizeof given);
    return given;
}

} // namespace dhmq_emulation

inline void __syncthreads(const std::source_location &where = std::source_location::current()) {
    dhmq_emulation::sync_threads(where);
}

inline void __syncwarp(unsigned mask = 0xffffffffU, const std::source_location &where = std::source_location::current()) {
    dhmq_emulation::sync_warp(mask, where);
}

template <typename T>
T __shfl_sync(unsigned mask, T given, int from, const std::source_location &where = std::source_location::current()) {
    return dhmq_emulation::shuffle_as(mask, given, static_cast<unsigned>(from) % 32, where);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T given, int distance, const std::source_location &where = std::source_location::current()) {
    return dhmq_emulation::shuffle_as(mask, given, threadIdx.x % 32 ^ static_cast<unsigned>(distance), where);
}

inline int atomicOr(int *address, int bits) { return std::atomic_ref<int>(*address).fetch_or(bits, std::memory_order_relaxed); }

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *configuration, void (*kernel)(Parameters...), Arguments... arguments) {
    return dhmq_emulation::launch(*configuration, [=] { kernel(static_cast<Parameters>(arguments)...); });
}
