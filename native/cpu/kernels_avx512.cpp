// AVX-512 F, BW, CD, DQ and VL: x86-64-v4.
#define DHMQ_WIDTH 16
#include "kernels-inl.h"

#include <immintrin.h>

namespace dhmq {
namespace {

inline Floats round_even(Floats x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

inline Doubles multiply_add(Doubles a, Doubles b, Doubles sum) { return _mm512_fmadd_pd(a, b, sum); }

} // namespace

const Kernels KERNELS_AVX512 = kernels("avx512");

} // namespace dhmq
