// What each instruction-set tier provides: loops over one contiguous run of floats, on one thread.
//
// Layers, threads and the order of partial sums are the business of the files that call these, so that they exist once.
#pragma once

#include <cstdint>

namespace dhmq {

/// Sums run in this many double lanes on every tier, element i of a run in lane i mod LANES, so that all tiers add in the same order.
/// Sixteen is two registers of AVX-512 and eight of SSE2: enough independent chains to hide an add's latency.
inline constexpr int LANES = 16;

/// How one channel is quantized: Q(w) = scale * clamp(round(w / scale), lowest, highest). The zero point is in the bounds already,
/// -z to 2^b - 1 - z: the integers are small, so shifting the bounds instead of the value gives the same.
struct Quantization {
    float scale;
    float lowest;
    float highest;
};

struct Range {
    float least;
    float largest;
};

struct Kernels {
    /// The tier's name, as dhmq_isa() gives it.
    const char *name;

    /// out = Q(w). `stream` writes past the caches, for results that will not fit into them.
    void (*fake_quantize)(const float *w, const Quantization &q, int64_t count, float *out, bool stream);

    /// out = clamp(round(w / scale), lowest, highest), whole numbers; 0 where the scale is 0.
    void (*integers)(const float *w, const Quantization &q, int64_t count, float *out);

    /// The gradient of w from that of Q(w); adds the scale's to lanes.
    void (*backward)(const float *w, const Quantization &q, const float *gradient, int64_t count, float *out, double lanes[LANES]);

    /// d = Q(w) - current.
    void (*perturbation)(const float *w, const float *current, const Quantization &q, int64_t count, float *d);

    /// The least and the largest w, or NaN for both where one w is NaN.
    Range (*range)(const float *w, int64_t count);

    /// The sum of (w / scale - clamp(round(w / scale), lowest, highest))^2, the quotient by way of the reciprocal.
    double (*relative_error)(const float *w, const Quantization &q, int64_t count);

    /// lanes += a * b, lane by lane.
    void (*dot)(const float *a, const float *b, int64_t count, double lanes[LANES]);

    /// y += alpha * x.
    void (*axpy)(float alpha, const float *x, int64_t count, float *y);

    /// x *= factor, in double.
    void (*scale)(double factor, int64_t count, float *x);

    /// out = (x - sum of alphas[k] * vectors[k]) * factor, in double and rounded once; `out` may be `x`.
    void (*combine)(const float *x, const float *const *vectors, const double *alphas, int64_t vector_count, double factor,
                    int64_t count, float *out);

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
