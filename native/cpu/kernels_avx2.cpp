// AVX2 and FMA: x86-64-v3.
#define DHMQ_WIDTH 8
#include "kernels-inl.h"

#include <immintrin.h>

namespace dhmq {
namespace {

inline Floats round_even(Floats x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

inline Doubles multiply_add(Doubles a, Doubles b, Doubles sum) { return _mm256_fmadd_pd(a, b, sum); }

inline void store_past_caches(Floats x, float *aligned) { _mm256_stream_ps(aligned, x); }

inline Doubles widen(const float *p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }

inline void store_narrow(Doubles x, float *p) { _mm_storeu_ps(p, _mm256_cvtpd_ps(x)); }

inline bool any(Ints mask) { return _mm256_movemask_ps(reinterpret_cast<__m256>(mask)) != 0; }

} // namespace

const Kernels KERNELS_AVX2 = kernels("avx2");

} // namespace dhmq
