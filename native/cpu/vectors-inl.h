// Registers of floats and doubles, whatever their width. Included by kernels-inl.h alone, which says what has to be defined before.
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
typedef double Doubles __attribute__((vector_size(8 * DOUBLES)));
typedef int32_t Ints __attribute__((vector_size(4 * WIDTH)));

// One of each a tier, in its own file.
Floats round_even(Floats x);
Doubles multiply_add(Doubles a, Doubles b, Doubles sum);
void store_past_caches(Floats x, float *aligned);
bool any(Ints mask);
// Not __builtin_convertvector, which GCC 12 splits into halves and puts together again.
Doubles widen(const float *p);
void store_narrow(Doubles x, float *p);

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

    void copy_to(float *p, int64_t count) const { std::memcpy(p, values, sizeof(float) * static_cast<uint64_t>(count)); }
};

inline Floats splat(float x) { return x - Floats{}; }

inline Floats magnitude(Floats x) { return reinterpret_cast<Floats>(reinterpret_cast<Ints>(x) & 0x7fffffff); }

/// Asks for what a loop will read a page later. Processors follow one stream well by themselves, several less well, and none across
/// the end of a page: dots of two vectors gained a third.
inline void prefetch(const float *p) { __builtin_prefetch(p + 1024); }

/// The sixteen running sums, in registers while a loop runs.
struct Accumulators {
    Doubles sums[ACCUMULATORS] = {};

    explicit Accumulators(const double lanes[LANES]) { std::memcpy(sums, lanes, sizeof sums); }

    void copy_to(double lanes[LANES]) const { std::memcpy(lanes, sums, sizeof sums); }

    /// sums += a * b for the next LANES elements.
    void add(const float *a, const float *b) {
        for (int k = 0; k < ACCUMULATORS; ++k) {
            sums[k] = multiply_add(widen(a + k * DOUBLES), widen(b + k * DOUBLES), sums[k]);
        }
    }
};

} // namespace
} // namespace dhmq
