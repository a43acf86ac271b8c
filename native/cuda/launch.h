// The host's side of every function: checks of its arguments, and launches.
#pragma once

#include "dhmq_cuda.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

namespace dhmq {

/// Threads in a block of the grid, of every kernel here; eight such blocks fill a multiprocessor.
inline constexpr int THREADS = 256;
inline constexpr int WARP = 32;
inline constexpr int WARPS = THREADS / WARP;
inline constexpr int64_t GRID_BLOCKS_A_MULTIPROCESSOR = 8;

inline bool valid_layout(const dhmq_cuda_layout *layout) {
    if (layout == nullptr || layout->layer_count < 0 || layout->block_count < layout->layer_count) {
        return false;
    }
    return layout->layer_count == 0 ||
           (layout->layers != nullptr && layout->blocks != nullptr && layout->first_blocks != nullptr);
}

/// Not null, and aligned as their types need.
template <typename... T> bool usable(const T *...pointers) {
    return ((pointers != nullptr && reinterpret_cast<uintptr_t>(pointers) % alignof(T) == 0) && ...);
}

inline bool usable_workspace(const void *workspace, int64_t bytes) {
    return bytes == 0 || (workspace != nullptr && reinterpret_cast<uintptr_t>(workspace) % 16 == 0);
}

/// Bytes of so many doubles for every block; -1 where the layout or the number is invalid.
inline int64_t bytes_a_block(const dhmq_cuda_layout *layout, int64_t doubles) {
    const auto each = static_cast<int64_t>(sizeof(double));
    if (!valid_layout(layout) || doubles < 0 || doubles > INT32_MAX || layout->block_count > INT64_MAX / (each * (doubles + 1))) {
        return -1;
    }
    return layout->block_count * doubles * each;
}

inline int32_t status_of(cudaError_t error) {
    return error == cudaSuccess ? DHMQ_OK : DHMQ_CUDA_ERROR + static_cast<int32_t>(error);
}

/// Launches a kernel whose threads (or warps, or blocks) stride over `units`, `units_a_block` of them in each block of the grid. The
/// grid fills the device and is no larger than that: the kernels loop.
template <typename... Parameters, typename... Arguments>
int32_t launch(void (*kernel)(Parameters...), int64_t units, int64_t units_a_block, void *stream, Arguments... arguments) {
    if (units == 0) {
        return DHMQ_OK;
    }
    int device = 0;
    int multiprocessors = 0;
    cudaError_t error = cudaGetDevice(&device);
    if (error == cudaSuccess) {
        error = cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device);
    }
    if (error != cudaSuccess) {
        return status_of(error);
    }
    const int64_t blocks = std::min((units - 1) / units_a_block + 1, multiprocessors * GRID_BLOCKS_A_MULTIPROCESSOR);
    cudaLaunchConfig_t configuration = {};
    configuration.gridDim = dim3(static_cast<unsigned>(blocks));
    configuration.blockDim = dim3(THREADS);
    configuration.stream = static_cast<cudaStream_t>(stream);
    return status_of(cudaLaunchKernelEx(&configuration, kernel, static_cast<Parameters>(arguments)...));
}

/// One warp for every block of the layout.
template <typename... Parameters, typename... Arguments>
int32_t launch_over_blocks(void (*kernel)(Parameters...), const dhmq_cuda_layout *layout, void *stream, Arguments... arguments) {
    return launch(kernel, layout->block_count, WARPS, stream, *layout, arguments...);
}

} // namespace dhmq
