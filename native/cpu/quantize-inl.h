// The kernels that quantize. Included by kernels-inl.h alone.
#pragma once

#include "vectors-inl.h"

namespace dhmq {
namespace {

/// Scales whose reciprocal is a normal float with room to spare.
inline bool has_reciprocal(float scale) { return scale > 0x1p-100F && scale < 0x1p100F; }

/// clamp(round(w / scale)) for one channel whose scale is not 0.
struct Rounding {
    Floats scale;
    Floats reciprocal;
    Floats lowest;
    Floats highest;
    bool fast;

    explicit Rounding(const Quantization &q)
        : scale(splat(q.scale)), reciprocal(splat(has_reciprocal(q.scale) ? 1 / q.scale : 0)), lowest(splat(q.lowest)),
          highest(splat(q.highest)), fast(has_reciprocal(q.scale)) {}

    /// The bounds are whole numbers, so clamping first gives the same and keeps round_even's argument small. The comparisons are
    /// false for NaN, which therefore stays.
    Floats clamp(Floats u) const {
        u = u < lowest ? lowest : u;
        return u > highest ? highest : u;
    }

    /// Adding +0 makes -0 a 0, as a zero point does.
    Floats by_division(Floats w) const { return round_even(clamp(w / scale)) + 0.0F; }

    /// As by_division, bit for bit, without the slow division where it cannot matter: within the bounds, which are at most 255, the
    /// product with the reciprocal is within 2^-14 of the quotient, and only near a tie may that round to another number.
    Floats operator()(Floats w) const {
        if (!fast) {
            return by_division(w);
        }
        const Floats u = clamp(w * reciprocal);
        const Floats rounded = round_even(u);
        if (any(magnitude(u - rounded) > 0.5F - 0x1p-14F)) [[unlikely]] {
            return by_division(w);
        }
        return rounded + 0.0F;
    }
};

/// out[i] = map(w[i]) in registers, and for the tail in a padded one.
template <typename Map> void map(const float *w, int64_t count, float *out, const Map &map) {
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        store(map(load(w + i)), out + i);
    }
    if (i < count) {
        Padded tail(w + i, count - i);
        store(map(load(tail.values)), tail.values);
        tail.copy_to(out + i, count - i);
    }
}

/// The same with aligned stores past the caches, which then do not read what is about to be overwritten.
template <typename Map> void map_past_caches(const float *w, int64_t count, float *out, const Map &function) {
    const int64_t misaligned = static_cast<int64_t>(reinterpret_cast<uintptr_t>(out) / sizeof(float)) % WIDTH;
    const int64_t ahead = misaligned == 0 ? 0 : WIDTH - misaligned;
    const int64_t head = ahead < count ? ahead : count;
    map(w, head, out, function);
    int64_t i = head;
    for (; i + WIDTH <= count; i += WIDTH) {
        prefetch(w + i);
        store_past_caches(function(load(w + i)), out + i);
    }
    map(w + i, count - i, out + i, function);
}

void zero(int64_t count, float *out) { std::memset(out, 0, sizeof(float) * static_cast<uint64_t>(count)); }

void fake_quantize(const float *w, const Quantization &q, int64_t count, float *out, bool stream) {
    if (q.scale == 0) {
        zero(count, out);
        return;
    }
    const Rounding rounding(q);
    const auto quantize = [&](Floats x) { return rounding.scale * rounding(x); };
    if (stream) {
        map_past_caches(w, count, out, quantize);
    } else {
        map(w, count, out, quantize);
    }
}

void integers(const float *w, const Quantization &q, int64_t count, float *out) {
    if (q.scale == 0) {
        zero(count, out);
        return;
    }
    map(w, count, out, Rounding(q));
}

void backward(const float *w, const Quantization &q, const float *gradient, int64_t count, float *out, double lanes[LANES]) {
    if (q.scale == 0) {
        std::memmove(out, gradient, sizeof(float) * static_cast<uint64_t>(count));
        return;
    }
    const Rounding rounding(q);
    Accumulators sums(lanes);
    // LANES elements at once, because the sums are kept so. Reads all before it writes: out may be the gradient.
    const auto pass = [&](const float *x, const float *g, float *result) {
        alignas(64) float slope[LANES];
        alignas(64) float upstream[LANES];
        std::memcpy(upstream, g, sizeof upstream);
        for (int k = 0; k < LANES; k += WIDTH) {
            const Floats u = load(x + k) / rounding.scale;
            const Floats clamped = rounding.clamp(u);
            const Floats whole = round_even(clamped);
            // round_even(u) is in range just where clamping u to half a step outside changes nothing.
            const Floats nearest = round_even(u < rounding.lowest - 1 ? rounding.lowest - 1
                                              : u > rounding.highest + 1 ? rounding.highest + 1 : u);
            const Ints inside = (nearest >= rounding.lowest) & (nearest <= rounding.highest);
            const Ints known = u == u;
            const Floats inner = whole - u;
            const Floats s = inside ? inner : whole;
            store(known ? s : Floats{}, slope + k);
            store(inside ? load(upstream + k) : Floats{}, result + k);
        }
        sums.add(slope, upstream);
    };
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        prefetch(w + i);
        prefetch(gradient + i);
        pass(w + i, gradient + i, out + i);
    }
    if (i < count) {
        const Padded x(w + i, count - i);
        Padded g(gradient + i, count - i);
        pass(x.values, g.values, g.values);
        g.copy_to(out + i, count - i);
    }
    sums.copy_to(lanes);
}

void perturbation(const float *w, const float *current, const Quantization &q, int64_t count, float *d) {
    const bool all_zero = q.scale == 0;
    const Rounding rounding(all_zero ? Quantization{1, q.lowest, q.highest} : q);
    const auto quantized = [&](const float *p) { return all_zero ? Floats{} : rounding.scale * rounding(load(p)); };
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        prefetch(w + i);
        prefetch(current + i);
        store(quantized(w + i) - load(current + i), d + i);
    }
    if (i < count) {
        Padded tail(w + i, count - i);
        const Padded tail_current(current + i, count - i);
        store(quantized(tail.values) - load(tail_current.values), tail.values);
        tail.copy_to(d + i, count - i);
    }
}

Range range(const float *w, int64_t count) {
    Floats least = splat(w[0]);
    Floats largest = least;
    Ints unknown = {};
    const auto widen_by = [&](Floats x) {
        least = x < least ? x : least;
        largest = x > largest ? x : largest;
        unknown |= x != x;
    };
    int64_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) {
        widen_by(load(w + i));
    }
    for (; i < count; ++i) {
        widen_by(splat(w[i]));
    }
    if (any(unknown)) {
        return {__builtin_nanf(""), __builtin_nanf("")};
    }
    Range result = {least[0], largest[0]};
    for (int lane = 1; lane < WIDTH; ++lane) {
        result.least = least[lane] < result.least ? least[lane] : result.least;
        result.largest = largest[lane] > result.largest ? largest[lane] : result.largest;
    }
    return result;
}

/// Squares are added in float for this many elements, 128 to a lane, and in double from then on: within 2^-17 of the true sum, which
/// no choice between two clipping ratios hangs on, at half the work.
constexpr int64_t ERROR_RUN = 4096;
constexpr int ERROR_LANES = 2 * LANES;
constexpr int ERROR_REGISTERS = ERROR_LANES / WIDTH;

double relative_error(const float *w, const Quantization &q, int64_t count) {
    const Rounding rounding(q);
    double totals[LANES] = {};
    const auto quotient = [&](const float *p) { return rounding.fast ? load(p) * rounding.reciprocal : load(p) / rounding.scale; };
    for (int64_t begin = 0; begin < count; begin += ERROR_RUN) {
        const int64_t end = begin + ERROR_RUN < count ? begin + ERROR_RUN : count;
        Floats sums[ERROR_REGISTERS] = {};
        const auto add = [&](const float *p) {
            for (int k = 0; k < ERROR_REGISTERS; ++k) {
                const Floats u = quotient(p + k * WIDTH);
                const Floats error = u - round_even(rounding.clamp(u));
                sums[k] += error * error;
            }
        };
        int64_t i = begin;
        for (; i + ERROR_LANES <= end; i += ERROR_LANES) {
            add(w + i);
        }
        if (i < end) {
            alignas(64) float tail[ERROR_LANES] = {};
            std::memcpy(tail, w + i, sizeof(float) * static_cast<uint64_t>(end - i));
            add(tail);
        }
        float lanes[ERROR_LANES];
        std::memcpy(lanes, sums, sizeof lanes);
        for (int i = 0; i < LANES; ++i) {
            totals[i] += static_cast<double>(lanes[i]) + static_cast<double>(lanes[LANES + i]);
        }
    }
    return sum_lanes(totals);
}

} // namespace
} // namespace dhmq
