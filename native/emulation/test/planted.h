// Starts the kernels of planted.cu in the default stream.
#pragma once

#include "cudart.h"

namespace dhmq_test {

cudaError_t start_sum(bool with_barrier, const float *in, float *out);
cudaError_t start_set_bits(bool atomic, int *bits);
cudaError_t start_shuffle_after_leaving(float *out);
cudaError_t start_shuffle_in_two_branches(float *out);
cudaError_t start_shuffle_without_oneself(float *out);
cudaError_t start_barrier_for_some();
cudaError_t start_barrier_in_two_branches();
cudaError_t start_write_one_too_far(float *data, int count);
cudaError_t start_read_one_too_far(const float *data, int count, float *out);

} // namespace dhmq_test
