// AVX-512 F, BW, CD, DQ and VL: x86-64-v4.
#define DHMQ_WIDTH 16
#include "kernels-inl.h"

#include <immintrin.h>

namespace dhmq {
namespace {

inline Floats round_even(Floats x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

inline Doubles multiply_add(Doubles a, Doubles b, Doubles sum) { return _mm512_fmadd_pd(a, b, sum); }

inline void store_past_caches(Floats x, float *aligned) { _mm512_stream_ps(aligned, x); }

inline Doubles widen(const float *p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }

inline void store_narrow(Doubles x, float *p) { _mm256_storeu_ps(p, _mm512_cvtpd_ps(x)); }

inline bool any(Ints mask) { return _mm512_movepi32_mask(reinterpret_cast<__m512i>(mask)) != 0; }

} // namespace

const Kernels KERNELS_AVX512 = kernels("avx512");

} // namespace dhmq
