// Layers, their channels and how each channel is quantized.
#pragma once

#include "dhmq.h"
#include "kernels.h"

namespace dhmq {

inline int64_t size(const dhmq_layer &layer) { return layer.channels * layer.channel_size; }

/// The assignment of bits, scales and zero points that quantizes a network.
struct NetworkQuantization {
    const dhmq_layer *layers;
    const int32_t *bits;
    const float *scales;
    const float *zero_points; // null: symmetric

    bool skips(int64_t layer) const { return bits[layer] == DHMQ_SKIP; }

    float zero_point(int64_t layer, int64_t channel) const {
        return zero_points == nullptr ? 0 : zero_points[layers[layer].first_channel + channel];
    }

    Quantization of(int64_t layer, int64_t channel) const {
        const float scale = scales[layers[layer].first_channel + channel];
        if (zero_points == nullptr) {
            const float half = static_cast<float>(1 << (bits[layer] - 1));
            return {scale, -half, half - 1};
        }
        const float zero_point = zero_points[layers[layer].first_channel + channel];
        return {scale, -zero_point, static_cast<float>((1 << bits[layer]) - 1) - zero_point};
    }
};

} // namespace dhmq
