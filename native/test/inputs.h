// Layers and seeded inputs for the tests.
#pragma once

#include "dhmq.h"

#include <limits>
#include <random>
#include <vector>

namespace dhmq_test {

/// Layers back to back, with channel sizes around the 16 lanes, a block of work (16384) and in between.
inline std::vector<dhmq_layer> odd_layers() {
    const std::vector<std::pair<int64_t, int64_t>> shapes = {{1, 1},  {3, 1},  {5, 7},   {2, 15},    {4, 16},   {3, 17},
                                                             {7, 27}, {2, 33}, {64, 147}, {9, 1025}, {2, 16384}, {3, 20011}};
    std::vector<dhmq_layer> layers;
    int64_t offset = 0;
    int64_t channel = 0;
    for (const auto &[channels, channel_size] : shapes) {
        layers.push_back({offset, channels, channel_size, channel});
        offset += channels * channel_size;
        channel += channels;
    }
    return layers;
}

inline int64_t weights_of(const std::vector<dhmq_layer> &layers) {
    return layers.back().offset + layers.back().channels * layers.back().channel_size;
}

inline int64_t channels_of(const std::vector<dhmq_layer> &layers) {
    return layers.back().first_channel + layers.back().channels;
}

/// Bits 2 to 8 in turn, with a skipped layer now and then.
inline std::vector<int32_t> mixed_bits(size_t layers) {
    std::vector<int32_t> bits;
    for (size_t l = 0; l < layers; ++l) {
        bits.push_back(l % 8 == 3 ? DHMQ_SKIP : 2 + static_cast<int32_t>(l % 7));
    }
    return bits;
}

/// The table of pointers that the products take: every vector's part of every layer.
inline std::vector<const float *> table(const std::vector<dhmq_layer> &layers, const std::vector<const float *> &vectors) {
    std::vector<const float *> pointers;
    for (const float *vector : vectors) {
        for (const dhmq_layer &layer : layers) {
            pointers.push_back(vector + layer.offset);
        }
    }
    return pointers;
}

inline std::vector<float> normal(int64_t count, unsigned seed, float deviation = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<float> distribution(0, deviation);
    std::vector<float> values(static_cast<size_t>(count));
    for (float &value : values) {
        value = distribution(random);
    }
    return values;
}

/// What floats can be at their worst.
inline std::vector<float> extremes() {
    using limits = std::numeric_limits<float>;
    std::vector<float> values = {0.0F,         -0.0F,          limits::denorm_min(), -limits::denorm_min(), limits::min(), -limits::min(),
                                 limits::max(), -limits::max(), limits::infinity(),   -limits::infinity(),   limits::quiet_NaN()};
    for (float x : {0.5F, 1.5F, 2.5F, 126.5F, 127.5F, 128.5F, 0.3F, 1e-30F, 1e30F, 8388609.0F}) {
        values.push_back(x);
        values.push_back(-x);
    }
    return values;
}

} // namespace dhmq_test
