// Running a grid: every thread a fiber, the blocks shared among workers.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <functional>
#include <string>

namespace dhmq_emulation {

enum class Schedule { FORWARD, REVERSE, RANDOM };

struct GridSettings {
    Schedule schedule = Schedule::FORWARD;
    uint64_t seed = 0;
    int workers = 1;
};

/// Whether a device would take it.
bool valid_configuration(const cudaLaunchConfig_t &configuration);

/// Runs the kernel in every thread of the grid; returns what went wrong in a sentence, empty if nothing did.
std::string run_grid(const cudaLaunchConfig_t &configuration, const std::function<void()> &kernel, const GridSettings &settings);

} // namespace dhmq_emulation
