// Device memory and pinned host memory.
#pragma once

#include <cuda_runtime.h>

namespace [[gnu::visibility("default")]] dhmq_emulation {

/// Whether all of it lies in one piece of device memory.
bool on_device(const void *address, size_t bytes);

/// Whether any of it is device memory.
bool touches_device(const void *address);

bool is_pinned(const void *address, size_t bytes);

/// Faults where a border of device memory has been written to.
void check_borders();

void mend_borders();

} // namespace dhmq_emulation
