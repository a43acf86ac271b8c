// Checks of what crosses the C boundary, and the guard that lets no exception cross it.
#pragma once

#include "dhmq.h"

#include <new>

namespace dhmq {

inline bool valid_layers(const dhmq_layer *layers, int64_t layer_count) {
    if (layer_count < 0 || (layers == nullptr && layer_count > 0)) {
        return false;
    }
    for (int64_t l = 0; l < layer_count; ++l) {
        const dhmq_layer &layer = layers[l];
        if (layer.offset < 0 || layer.channels <= 0 || layer.channel_size <= 0 || layer.first_channel < 0 ||
            layer.channels > (INT64_MAX - layer.offset) / layer.channel_size) {
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

inline bool valid_vectors(const float *const *vectors, int64_t count) {
    if (count < 0 || (vectors == nullptr && count > 0)) {
        return false;
    }
    for (int64_t k = 0; k < count; ++k) {
        if (vectors[k] == nullptr) {
            return false;
        }
    }
    return true;
}

template <typename... Pointers> bool none_null(const Pointers *...pointers) { return ((pointers != nullptr) && ...); }

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
