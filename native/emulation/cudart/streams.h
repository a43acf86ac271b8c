// Work put off until somebody waits for it.
#pragma once

#include <cuda_runtime.h>

#include <functional>

namespace [[gnu::visibility("default")]] dhmq_emulation {

/// Appends to a stream's work; runs it at once where work is not deferred.
cudaError_t enqueue(cudaStream_t stream, std::function<void()> work);

/// Runs all that a stream has to do.
cudaError_t run(cudaStream_t stream);

void run_all();

/// Drops what has not run.
void forget_work();

} // namespace dhmq_emulation
