// What the parts of the stand-in for libcudart share: the one device, its lock, its errors.
// Visible, because the one for libcublas uses it too.
#pragma once

#include "../grid.h"

#include <mutex>
#include <string>

namespace [[gnu::visibility("default")]] dhmq_emulation {

std::recursive_mutex &device_lock();

/// What the next call of this function is to return in place of its work: an error that a test has asked for, or one that sticks.
int32_t failure_of(const char *function);

/// Keeps an error for cudaGetLastError, and returns it.
cudaError_t remember(cudaError_t error);

/// Something went wrong on the device: all calls fail with this from now on.
void fault(cudaError_t error, const std::string &sentence);

GridSettings grid_settings();

bool defers();

/// The shape of every function of the API.
template <typename Body> cudaError_t call(const char *function, const Body &body) {
    const std::lock_guard guard(device_lock());
    const int32_t failure = failure_of(function);
    return remember(failure != cudaSuccess ? static_cast<cudaError_t>(failure) : body());
}

/// The same after waiting for the device, whose faults show there.
template <typename Body> cudaError_t call_and_wait(const char *function, const Body &wait) {
    return call(function, [&] {
        const cudaError_t error = wait();
        const int32_t failure = failure_of("");
        return failure != cudaSuccess ? static_cast<cudaError_t>(failure) : error;
    });
}

} // namespace dhmq_emulation
