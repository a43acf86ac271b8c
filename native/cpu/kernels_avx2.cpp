// AVX2 and FMA: x86-64-v3.
#define DHMQ_WIDTH 8
#include "kernels-inl.h"

#include <immintrin.h>

namespace dhmq {
namespace {

inline Floats round_even(Floats x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

inline Doubles multiply_add(Doubles a, Doubles b, Doubles sum) { return _mm256_fmadd_pd(a, b, sum); }

} // namespace

const Kernels KERNELS_AVX2 = kernels("avx2");

} // namespace dhmq
