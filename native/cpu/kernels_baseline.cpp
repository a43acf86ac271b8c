// The tier every processor has: SSE2 on x86-64, and whatever the compiler takes for granted elsewhere.
#define DHMQ_WIDTH 4
#include "kernels-inl.h"

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

} // namespace

const Kernels KERNELS_BASELINE = kernels("baseline");

} // namespace dhmq
