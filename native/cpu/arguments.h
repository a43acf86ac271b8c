// Checks of what crosses the C boundary, and the guard that lets no exception cross it.
#pragma once

#include "layers.h"

#include <new>

namespace dhmq {

inline bool valid_layers(const dhmq_layer *layers, int64_t layer_count) {
    if (layer_count < 0 || (layers == nullptr && layer_count > 0)) {
        return false;
    }
    for (int64_t l = 0; l < layer_count; ++l) {
        const dhmq_layer &layer = layers[l];
        if (layer.offset < 0 || layer.channels <= 0 || layer.channel_size <= 0 || layer.first_channel < 0 ||
            layer.channels > (INT64_MAX / 8 - layer.offset) / layer.channel_size) {
            return false;
        }
    }
    return true;
}

inline bool valid_bits(const int32_t *bits, int64_t layer_count) {
    if (bits == nullptr && layer_count > 0) {
        return false;
    }
    for (int64_t l = 0; l < layer_count; ++l) {
        if (bits[l] != DHMQ_SKIP && (bits[l] < 2 || bits[l] > 8)) {
            return false;
        }
    }
    return true;
}

/// Neither null nor misaligned.
template <typename... T> bool usable(const T *...pointers) {
    return ((pointers != nullptr && reinterpret_cast<uintptr_t>(pointers) % alignof(T) == 0) && ...);
}

/// Whole numbers from 0 to 2^b - 1, where there are any.
inline bool valid_zero_points(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *zero_points) {
    if (zero_points == nullptr) {
        return true;
    }
    if (!usable(zero_points)) {
        return false;
    }
    for (int64_t l = 0; l < layer_count; ++l) {
        for (int64_t c = 0; bits[l] != DHMQ_SKIP && c < layers[l].channels; ++c) {
            const float z = zero_points[layers[l].first_channel + c];
            if (!(z >= 0 && z < static_cast<float>(1 << bits[l])) || z != static_cast<float>(static_cast<int32_t>(z))) {
                return false;
            }
        }
    }
    return true;
}

/// A table of `rows` vectors: no row need be there in all layers, but what is there must be aligned.
inline bool valid_vectors(const float *const *vectors, int64_t rows, int64_t layer_count) {
    if (rows < 0 || (vectors == nullptr && rows > 0)) {
        return false;
    }
    for (int64_t i = 0; i < rows * layer_count; ++i) {
        if (vectors[i] != nullptr && !usable(vectors[i])) {
            return false;
        }
    }
    return true;
}

/// How far the layers reach in a vector that spans them, in elements.
struct Reach {
    int64_t begin = 0;
    int64_t end = 0;

    Reach(const dhmq_layer *layers, int64_t layer_count) {
        for (int64_t l = 0; l < layer_count; ++l) {
            const int64_t layer_end = layers[l].offset + size(layers[l]);
            begin = l == 0 || layers[l].offset < begin ? layers[l].offset : begin;
            end = layer_end > end ? layer_end : end;
        }
    }

    /// Whether writing `out` would change what is still to be read of `in`.
    bool overlap(const float *out, const float *in) const {
        const auto address = [](const float *p, int64_t i) { return reinterpret_cast<uintptr_t>(p) + 4 * static_cast<uintptr_t>(i); };
        return address(out, begin) < address(in, end) && address(in, begin) < address(out, end);
    }

    /// The same where working in place is allowed.
    bool partly_overlap(const float *out, const float *in) const { return out != in && overlap(out, in); }
};

/// Runs a kernel once its arguments are known to be valid. Memory for its partial sums is all it can run out of.
template <typename Kernel> int32_t guarded(bool valid, const Kernel &kernel) {
    if (!valid) {
        return DHMQ_INVALID_ARGUMENT;
    }
    try {
        kernel();
        return DHMQ_OK;
    } catch (const std::bad_alloc &) {
        return DHMQ_OUT_OF_MEMORY;
    }
}

} // namespace dhmq
