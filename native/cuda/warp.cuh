// What the kernels share: which warp does what, loads of four floats, and sums over a warp.
#pragma once

#include "launch.h"

namespace dhmq {

/// A warp's place in the grid. Warps stride over the units of work: for (i = warp.first; i < count; i += warp.step).
struct Warp {
    int lane;
    int64_t first;
    int64_t step;

    __device__ Warp()
        : lane(static_cast<int>(threadIdx.x % WARP)), first(blockIdx.x * static_cast<int64_t>(WARPS) + threadIdx.x / WARP),
          step(gridDim.x * static_cast<int64_t>(WARPS)) {}
};

inline constexpr unsigned ALL_LANES = 0xffffffffU;

/// Each lane takes four neighbours, so a warp takes this many at once.
inline constexpr int LANE_WIDTH = 4;
inline constexpr int WARP_WIDTH = WARP * LANE_WIDTH;

struct Four {
    float at[LANE_WIDTH];
};

/// A run of floats, and whether four can be moved at once.
template <typename Float> struct Run {
    Float *data;
    int count;
    bool aligned;

    __device__ Run(Float *data, int count)
        : data(data), count(count), aligned(reinterpret_cast<uintptr_t>(data) % sizeof(float4) == 0) {}

    /// The four from index i on; zeros behind the end.
    __device__ Four load(int i) const {
        if (aligned && i + LANE_WIDTH <= count) {
            const float4 x = *reinterpret_cast<const float4 *>(data + i);
            return {{x.x, x.y, x.z, x.w}};
        }
        Four x;
#pragma unroll
        for (int j = 0; j < LANE_WIDTH; ++j) {
            x.at[j] = i + j < count ? data[i + j] : 0.0F;
        }
        return x;
    }

    __device__ void store(int i, const Four &x) const {
        if (aligned && i + LANE_WIDTH <= count) {
            *reinterpret_cast<float4 *>(data + i) = make_float4(x.at[0], x.at[1], x.at[2], x.at[3]);
            return;
        }
#pragma unroll
        for (int j = 0; j < LANE_WIDTH; ++j) {
            if (i + j < count) {
                data[i + j] = x.at[j];
            }
        }
    }
};

__device__ inline double dot(const Four &a, const Four &b) {
    double sum = 0;
#pragma unroll
    for (int j = 0; j < LANE_WIDTH; ++j) {
        sum += static_cast<double>(a.at[j]) * static_cast<double>(b.at[j]);
    }
    return sum;
}

/// The sum over the lanes, in every lane.
__device__ inline double sum_over_warp(double x) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        x += __shfl_xor_sync(ALL_LANES, x, distance);
    }
    return x;
}

/// Where a block stands in its channel.
struct ChannelBlocks {
    int64_t index; // of the block within its channel
    int64_t count; // of the channel's blocks

    __device__ ChannelBlocks(const dhmq_layer &layer, const dhmq_block &block) {
        const int64_t channel_begin = layer.offset + (block.channel - layer.first_channel) * layer.channel_size;
        index = (block.offset - channel_begin) / DHMQ_CUDA_BLOCK;
        count = (layer.channel_size - 1) / DHMQ_CUDA_BLOCK + 1;
    }
};

} // namespace dhmq
