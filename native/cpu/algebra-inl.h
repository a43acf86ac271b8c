// The kernels of linear algebra, and random signs. Included by kernels-inl.h alone.
#pragma once

#include "vectors-inl.h"

namespace dhmq {
namespace {

void dot(const float *a, const float *b, int64_t count, double lanes[LANES]) {
    Accumulators sums(lanes);
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        prefetch(a + i);
        prefetch(b + i);
        sums.add(a + i, b + i);
    }
    if (i < count) {
        sums.add(Padded(a + i, count - i).values, Padded(b + i, count - i).values);
    }
    sums.copy_to(lanes);
}

void axpy(float alpha, const float *x, int64_t count, float *y) {
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        store(load(y + i) + alpha * load(x + i), y + i);
    }
    for (; i < count; ++i) {
        y[i] += alpha * x[i];
    }
}

void scale(double factor, int64_t count, float *x) {
    int64_t i = 0;
    for (; i + DOUBLES <= count; i += DOUBLES) {
        store_narrow(widen(x + i) * factor, x + i);
    }
    for (; i < count; ++i) {
        x[i] = static_cast<float>(x[i] * factor);
    }
}

void combine(const float *x, const float *const *vectors, const double *alphas, int64_t vector_count, double factor, int64_t count,
             float *out) {
    // Two registers a step: one alone would wait for its own subtraction again and again.
    constexpr int STEP = 2 * DOUBLES;
    int64_t i = 0;
    for (; i + STEP <= count; i += STEP) {
        prefetch(x + i);
        Doubles low = widen(x + i);
        Doubles high = widen(x + i + DOUBLES);
        for (int64_t k = 0; k < vector_count; ++k) {
            prefetch(vectors[k] + i);
            low -= alphas[k] * widen(vectors[k] + i);
            high -= alphas[k] * widen(vectors[k] + i + DOUBLES);
        }
        store_narrow(low * factor, out + i);
        store_narrow(high * factor, out + i + DOUBLES);
    }
    for (; i < count; ++i) {
        double sum = x[i];
        for (int64_t k = 0; k < vector_count; ++k) {
            sum -= alphas[k] * static_cast<double>(vectors[k][i]);
        }
        out[i] = static_cast<float>(sum * factor);
    }
}

void signs(const uint32_t *words, int64_t count, float *out) {
    constexpr int32_t ONE = 0x3f800000;
    constexpr int32_t SIGN = INT32_MIN;
    Ints bit_of_lane;
    for (int lane = 0; lane < WIDTH; ++lane) {
        bit_of_lane[lane] = 1 << lane;
    }
    const auto signs_of = [&](int64_t i) {
        const int32_t word = static_cast<int32_t>(words[i / 32] >> (i % 32));
        const Ints clear = (bit_of_lane & word) == 0;
        return (~clear & SIGN) | ONE;
    };
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        const Ints values = signs_of(i);
        std::memcpy(out + i, &values, sizeof values);
    }
    if (i < count) {
        const Ints values = signs_of(i);
        std::memcpy(out + i, &values, sizeof(float) * static_cast<uint64_t>(count - i));
    }
}

} // namespace
} // namespace dhmq
