// Quantization of one weight.
#pragma once

#include "warp.cuh"

namespace dhmq {

/// Bits that a kernel works on; DHMQ_SKIP and all others are left alone.
__device__ inline bool quantizes(int32_t bits) { return bits >= 2 && bits <= 8; }

/// How one channel is quantized. The bounds are what is left after taking off the zero point.
struct Quantizer {
    float scale;
    float lowest;
    float highest;

    Quantizer() = default;

    __device__ Quantizer(float scale, bool affine, float zero_point, int32_t bits) : scale(scale) {
        const auto levels = static_cast<float>(1 << bits);
        lowest = affine ? -zero_point : -levels / 2;
        highest = affine ? levels - 1 - zero_point : levels / 2 - 1;
    }

    /// The comparisons are false for NaN, which therefore stays.
    __device__ float clamp(float u) const {
        u = u < lowest ? lowest : u;
        return u > highest ? highest : u;
    }

    /// clamp(round(w / scale)), and 0 where the scale is 0. The bounds are whole numbers, so that clamping first gives the same;
    /// adding 0 makes -0 a 0, as a zero point does.
    __device__ float whole(float w) const { return scale == 0 ? 0.0F : rintf(clamp(w / scale)) + 0.0F; }

    __device__ float operator()(float w) const { return scale == 0 ? 0.0F : scale * whole(w); }
};

/// How the network is quantized, as the functions are given it. Zero points are null where it is symmetric.
struct Quantization {
    const int32_t *bits;
    const float *scales;
    const float *zero_points;

    __device__ float zero_point(int64_t channel) const { return zero_points == nullptr ? 0.0F : zero_points[channel]; }

    __device__ Quantizer of(int32_t layer, int64_t channel) const {
        return Quantizer(scales[channel], zero_points != nullptr, zero_point(channel), bits[layer]);
    }
};

/// The host's check; null zero points are as good as aligned ones.
inline bool usable(const Quantization &quantization) {
    return usable(quantization.bits, quantization.scales) &&
           (quantization.zero_points == nullptr || usable(quantization.zero_points));
}

} // namespace dhmq
