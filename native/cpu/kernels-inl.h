// The kernels of one instruction-set tier. Included by one file a tier, after DHMQ_WIDTH (floats in a register), round_even and
// multiply_add are defined for it; each file is compiled with its own -m flags.
//
// Everything is in an unnamed namespace and nothing of the C++ library is used: an inline function compiled here with AVX-512 must
// never be the copy that the linker picks for the baseline.
#pragma once

#include "kernels.h"

#include <cstring>

namespace dhmq {
namespace {

constexpr int WIDTH = DHMQ_WIDTH;
constexpr int DOUBLES = WIDTH / 2;
constexpr int ACCUMULATORS = LANES / DOUBLES;

// GCC's and clang's vector types: arithmetic and comparisons work lane by lane, and `mask ? a : b` selects.
typedef float Floats __attribute__((vector_size(4 * WIDTH)));
typedef float HalfFloats __attribute__((vector_size(4 * DOUBLES)));
typedef double Doubles __attribute__((vector_size(8 * DOUBLES)));
typedef int32_t Ints __attribute__((vector_size(4 * WIDTH)));

Floats round_even(Floats x);
Doubles multiply_add(Doubles a, Doubles b, Doubles sum);

inline Floats load(const float *p) {
    Floats x;
    std::memcpy(&x, p, sizeof x);
    return x;
}

inline void store(Floats x, float *p) { std::memcpy(p, &x, sizeof x); }

/// `count` < LANES floats of p and zeros behind them: no byte after the run is read.
struct Padded {
    alignas(64) float values[LANES] = {};

    Padded(const float *p, int64_t count) { std::memcpy(values, p, sizeof(float) * static_cast<uint64_t>(count)); }
};

inline Doubles widen(const float *p) {
    HalfFloats x;
    std::memcpy(&x, p, sizeof x);
    return __builtin_convertvector(x, Doubles);
}

inline Floats splat(float x) { return x - Floats{}; }

/// Q for one channel whose scale is not 0.
struct Quantizer {
    Floats scale;
    Floats lowest;
    Floats highest;

    Quantizer(float channel_scale, int32_t bits)
        : scale(splat(channel_scale)), lowest(splat(-static_cast<float>(1 << (bits - 1)))),
          highest(splat(static_cast<float>((1 << (bits - 1)) - 1))) {}

    Floats operator()(Floats w) const {
        Floats q = w / scale;
        // The bounds are whole numbers, so clamping first gives the same and keeps round_even's argument small. The comparisons
        // are false for NaN, which therefore stays.
        q = q < lowest ? lowest : q;
        q = q > highest ? highest : q;
        return scale * round_even(q);
    }
};

void zero(int64_t count, float *out) { std::memset(out, 0, sizeof(float) * static_cast<uint64_t>(count)); }

void fake_quantize(const float *w, float scale, int32_t bits, int64_t count, float *out) {
    if (scale == 0) {
        zero(count, out);
        return;
    }
    const Quantizer quantize(scale, bits);
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        store(quantize(load(w + i)), out + i);
    }
    if (i < count) {
        Padded tail(w + i, count - i);
        store(quantize(load(tail.values)), tail.values);
        std::memcpy(out + i, tail.values, sizeof(float) * static_cast<uint64_t>(count - i));
    }
}

void perturbation(const float *w, const float *current, float scale, int32_t bits, int64_t count, float *d) {
    const bool all_zero = scale == 0;
    const Quantizer quantize(all_zero ? 1 : scale, bits);
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        const Floats q = all_zero ? Floats{} : quantize(load(w + i));
        store(q - load(current + i), d + i);
    }
    if (i < count) {
        Padded tail(w + i, count - i);
        const Padded tail_current(current + i, count - i);
        const Floats q = all_zero ? Floats{} : quantize(load(tail.values));
        store(q - load(tail_current.values), tail.values);
        std::memcpy(d + i, tail.values, sizeof(float) * static_cast<uint64_t>(count - i));
    }
}

/// Without their sign, floats order as their bits do, NaN above all: unlike a float maximum, this one cannot lose a NaN.
inline Ints magnitude_bits(const float *p) {
    Ints bits;
    std::memcpy(&bits, p, sizeof bits);
    return bits & 0x7fffffff;
}

float largest_magnitude(const float *w, int64_t count) {
    Ints largest = {};
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        const Ints bits = magnitude_bits(w + i);
        largest = bits > largest ? bits : largest;
    }
    if (i < count) {
        const Padded tail(w + i, count - i);
        const Ints bits = magnitude_bits(tail.values);
        largest = bits > largest ? bits : largest;
    }
    int32_t result = 0;
    for (int lane = 0; lane < WIDTH; ++lane) {
        result = largest[lane] > result ? largest[lane] : result;
    }
    float value;
    std::memcpy(&value, &result, sizeof value);
    return value;
}

/// The sixteen running sums, in registers while a loop runs.
struct Accumulators {
    Doubles sums[ACCUMULATORS] = {};

    /// sums += a * b for the next LANES elements.
    void add(const float *a, const float *b) {
        for (int k = 0; k < ACCUMULATORS; ++k) {
            sums[k] = multiply_add(widen(a + k * DOUBLES), widen(b + k * DOUBLES), sums[k]);
        }
    }
};

double quantization_error(const float *w, float scale, int32_t bits, int64_t count) {
    const bool all_zero = scale == 0;
    const Quantizer quantize(all_zero ? 1 : scale, bits);
    Accumulators accumulators;
    const auto add = [&](const float *x) {
        alignas(64) float difference[LANES];
        for (int k = 0; k < LANES; k += WIDTH) {
            const Floats v = load(x + k);
            store((all_zero ? Floats{} : quantize(v)) - v, difference + k);
        }
        accumulators.add(difference, difference);
    };
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        add(w + i);
    }
    if (i < count) {
        add(Padded(w + i, count - i).values);
    }
    double lanes[LANES];
    std::memcpy(lanes, accumulators.sums, sizeof lanes);
    return sum_lanes(lanes);
}

void dot(const float *a, const float *b, int64_t count, double lanes[LANES]) {
    Accumulators accumulators;
    std::memcpy(accumulators.sums, lanes, sizeof accumulators.sums);
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        accumulators.add(a + i, b + i);
    }
    if (i < count) {
        accumulators.add(Padded(a + i, count - i).values, Padded(b + i, count - i).values);
    }
    std::memcpy(lanes, accumulators.sums, sizeof accumulators.sums);
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
        const HalfFloats scaled = __builtin_convertvector(widen(x + i) * factor, HalfFloats);
        std::memcpy(x + i, &scaled, sizeof scaled);
    }
    for (; i < count; ++i) {
        x[i] = static_cast<float>(x[i] * factor);
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

constexpr Kernels kernels(const char *name) {
    return {name, fake_quantize, perturbation, largest_magnitude, quantization_error, dot, axpy, scale, signs};
}

} // namespace
} // namespace dhmq
