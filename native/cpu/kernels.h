// What each instruction-set tier provides: loops over one contiguous run of floats, on one thread.
//
// Layers, threads and the order of partial sums are the business of the files that call these, so that they exist once.
#pragma once

#include <cstdint>

namespace dhmq {

/// Sums run in this many double lanes on every tier, element i of a run in lane i mod LANES, so that all tiers add in the same order.
/// Sixteen is two registers of AVX-512 and eight of SSE2: enough independent chains to hide an add's latency.
inline constexpr int LANES = 16;

struct Kernels {
    /// The tier's name, as dhmq_isa() gives it.
    const char *name;

    /// out = Q(w), for one channel.
    void (*fake_quantize)(const float *w, float scale, int32_t bits, int64_t count, float *out);

    /// d = Q(w) - current, for one channel.
    void (*perturbation)(const float *w, const float *current, float scale, int32_t bits, int64_t count, float *d);

    /// The largest |w|; NaN where one is NaN.
    float (*largest_magnitude)(const float *w, int64_t count);

    /// The sum of (Q(w) - w)^2.
    double (*quantization_error)(const float *w, float scale, int32_t bits, int64_t count);

    /// lanes += a * b, lane by lane.
    void (*dot)(const float *a, const float *b, int64_t count, double lanes[LANES]);

    /// y += alpha * x.
    void (*axpy)(float alpha, const float *x, int64_t count, float *y);

    /// x *= factor, in double.
    void (*scale)(double factor, int64_t count, float *x);

    /// A set bit becomes -1, a clear one +1; `count` is at most 32 per word.
    void (*signs)(const uint32_t *words, int64_t count, float *out);
};

extern const Kernels KERNELS_BASELINE;
extern const Kernels KERNELS_AVX2;
extern const Kernels KERNELS_AVX512;

/// The sum of the lanes, in a fixed order. Static: each tier compiles its own, with its own flags.
static inline double sum_lanes(const double lanes[LANES]) {
    double half[LANES];
    for (int i = 0; i < LANES; ++i) {
        half[i] = lanes[i];
    }
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) {
            half[i] += half[i + width];
        }
    }
    return half[0];
}

} // namespace dhmq
