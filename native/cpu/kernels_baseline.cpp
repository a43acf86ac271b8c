// The tier every processor has: SSE2 on x86-64, and whatever the compiler takes for granted elsewhere.
#define DHMQ_WIDTH 4
#include "kernels-inl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace dhmq {
namespace {

/// SSE2 cannot round. Adding 1.5 * 2^23 leaves no bits for a fraction, so the sum is rounded, half to even; exact for |x| < 2^22.
inline Floats round_even(Floats x) {
    constexpr float SHIFT = 0x1.8p23F;
    const Floats rounded = (x + SHIFT) - SHIFT;
    // -0.3 becomes -0, as IEEE's rounding has it: the sign is always x's.
    return reinterpret_cast<Floats>(reinterpret_cast<Ints>(rounded) | (reinterpret_cast<Ints>(x) & INT32_MIN));
}

/// Products of two floats are exact in double, so this and a fused multiply-add agree.
inline Doubles multiply_add(Doubles a, Doubles b, Doubles sum) { return sum + a * b; }

inline void store_past_caches(Floats x, float *aligned) {
#ifdef __SSE2__
    _mm_stream_ps(aligned, x);
#else
    store(x, aligned);
#endif
}

inline Doubles widen(const float *p) { return Doubles{p[0], p[1]}; }

inline void store_narrow(Doubles x, float *p) {
    p[0] = static_cast<float>(x[0]);
    p[1] = static_cast<float>(x[1]);
}

inline bool any(Ints mask) {
#ifdef __SSE2__
    return _mm_movemask_ps(reinterpret_cast<__m128>(mask)) != 0;
#else
    int32_t set = 0;
    for (int lane = 0; lane < WIDTH; ++lane) {
        set |= mask[lane];
    }
    return set != 0;
#endif
}

} // namespace

const Kernels KERNELS_BASELINE = kernels("baseline");

} // namespace dhmq
