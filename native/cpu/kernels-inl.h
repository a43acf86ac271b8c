// The kernels of one instruction-set tier. Included by one file a tier, after DHMQ_WIDTH, the floats in a register, is defined; that
// file then defines the functions that vectors-inl.h declares. Each is compiled with its own -m flags.
//
// Everything is in an unnamed namespace and nothing of the C++ library is used: an inline function compiled here with AVX-512 must
// never be the copy that the linker picks for the baseline.
#pragma once

#include "algebra-inl.h"
#include "quantize-inl.h"

namespace dhmq {
namespace {

constexpr Kernels kernels(const char *name) {
    return {name, fake_quantize, integers, backward, perturbation, range, relative_error, dot, axpy, scale, combine, signs};
}

} // namespace
} // namespace dhmq
