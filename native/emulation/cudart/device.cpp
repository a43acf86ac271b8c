// The one device: its settings, its errors, and what a test may ask of it.
#include "device.h"

#include "../emulation.h"
#include "memory.h"
#include "streams.h"

#include <algorithm>
#include <cstdio>
#include <map>

namespace dhmq_emulation {
namespace {

constexpr int MULTIPROCESSORS = 2; // small grids: every warp has to stride
constexpr int RUNTIME_VERSION = 13000;

struct InjectedFailure {
    int32_t calls_before;
    int32_t error;
    bool sticky;
};

struct Device {
    GridSettings grid;
    bool defers = true;
    std::map<std::string, InjectedFailure> injected;
    int32_t stuck = cudaSuccess;
    std::string fault;
};

Device &device() {
    static Device instance;
    return instance;
}

thread_local cudaError_t last_error = cudaSuccess;

} // namespace

std::recursive_mutex &device_lock() {
    static std::recursive_mutex lock;
    return lock;
}

int32_t failure_of(const char *function) {
    if (device().stuck != cudaSuccess) {
        return device().stuck;
    }
    const auto found = device().injected.find(function);
    if (found == device().injected.end()) {
        return cudaSuccess;
    }
    if (found->second.calls_before-- > 0) {
        return cudaSuccess;
    }
    const InjectedFailure failure = found->second;
    device().injected.erase(found);
    if (failure.sticky) {
        device().stuck = failure.error;
    }
    return failure.error;
}

cudaError_t remember(cudaError_t error) {
    if (error != cudaSuccess && error != cudaErrorNotReady) {
        last_error = error;
    }
    return error;
}

void fault(cudaError_t error, const std::string &sentence) {
    if (device().stuck == cudaSuccess) {
        device().stuck = error;
        device().fault = sentence;
    }
}

GridSettings grid_settings() { return device().grid; }

bool defers() { return device().defers; }

cudaError_t launch(const cudaLaunchConfig_t &configuration, std::function<void()> kernel) {
    return call("cudaLaunchKernelExC", [&] {
        if (!valid_configuration(configuration)) {
            return cudaErrorInvalidConfiguration;
        }
        return enqueue(configuration.stream, [configuration, kernel = std::move(kernel)] {
            const std::string sentence = run_grid(configuration, kernel, grid_settings());
            if (!sentence.empty()) {
                fault(cudaErrorLaunchFailure, sentence);
            }
        });
    });
}

} // namespace dhmq_emulation

using namespace dhmq_emulation;

extern "C" {

const char *dhmq_cuda_is_emulation(void) { return "CUDA emulated on the CPU: for tests, not a GPU"; }

void dhmq_emulation_reset(void) {
    const std::lock_guard guard(device_lock());
    forget_work();
    mend_borders();
    device() = Device();
    dhmq_emulation_set_memory(size_t{4} << 30);
    last_error = cudaSuccess;
}

void dhmq_emulation_set_schedule(int32_t schedule, uint64_t seed) {
    const std::lock_guard guard(device_lock());
    device().grid.schedule = schedule == DHMQ_EMULATION_REVERSE  ? Schedule::REVERSE
                             : schedule == DHMQ_EMULATION_RANDOM ? Schedule::RANDOM
                                                                 : Schedule::FORWARD;
    device().grid.seed = seed;
}

void dhmq_emulation_set_workers(int32_t workers) {
    const std::lock_guard guard(device_lock());
    device().grid.workers = std::max(workers, 1);
}

void dhmq_emulation_set_deferred(int32_t deferred) {
    const std::lock_guard guard(device_lock());
    device().defers = deferred != 0;
}

void dhmq_emulation_fail(const char *function, int32_t after, int32_t error, int32_t sticky) {
    const std::lock_guard guard(device_lock());
    device().injected[function] = {after, error, sticky != 0};
}

const char *dhmq_emulation_fault(void) {
    const std::lock_guard guard(device_lock());
    return device().fault.c_str();
}

DHMQ_EMULATION_EXPORT cudaError_t cudaRuntimeGetVersion(int *version) {
    return call(__func__, [&] { return version == nullptr ? cudaErrorInvalidValue : (*version = RUNTIME_VERSION, cudaSuccess); });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaDriverGetVersion(int *version) {
    return call(__func__, [&] { return version == nullptr ? cudaErrorInvalidValue : (*version = RUNTIME_VERSION, cudaSuccess); });
}

DHMQ_EMULATION_EXPORT const char *cudaGetErrorName(cudaError_t error) {
    switch (error) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidMemcpyDirection: return "cudaErrorInvalidMemcpyDirection";
    case cudaErrorInsufficientDriver: return "cudaErrorInsufficientDriver";
    case cudaErrorNoDevice: return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
    case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
    case cudaErrorNotReady: return "cudaErrorNotReady";
    case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
    case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
    default: return "unrecognized error code";
    }
}

DHMQ_EMULATION_EXPORT const char *cudaGetErrorString(cudaError_t error) {
    switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    default: return cudaGetErrorName(error);
    }
}

DHMQ_EMULATION_EXPORT cudaError_t cudaGetLastError(void) {
    const cudaError_t error = last_error;
    last_error = cudaSuccess;
    return error;
}

DHMQ_EMULATION_EXPORT cudaError_t cudaPeekAtLastError(void) { return last_error; }

DHMQ_EMULATION_EXPORT cudaError_t cudaGetDeviceCount(int *count) {
    return call(__func__, [&] { return count == nullptr ? cudaErrorInvalidValue : (*count = 1, cudaSuccess); });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaGetDevice(int *number) {
    return call(__func__, [&] { return number == nullptr ? cudaErrorInvalidValue : (*number = 0, cudaSuccess); });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaSetDevice(int number) {
    return call(__func__, [&] { return number == 0 ? cudaSuccess : cudaErrorInvalidDevice; });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int number) {
    return call(__func__, [&] {
        if (value == nullptr) {
            return cudaErrorInvalidValue;
        }
        if (number != 0) {
            return cudaErrorInvalidDevice;
        }
        switch (attribute) {
        case cudaDevAttrWarpSize: *value = 32; return cudaSuccess;
        case cudaDevAttrMultiProcessorCount: *value = MULTIPROCESSORS; return cudaSuccess;
        case cudaDevAttrComputeCapabilityMajor: *value = 9; return cudaSuccess;
        case cudaDevAttrComputeCapabilityMinor: *value = 0; return cudaSuccess;
        case cudaDevAttrMemoryClockRate: *value = 0; return cudaSuccess; // it has none: no roofline may be drawn from it
        case cudaDevAttrGlobalMemoryBusWidth: *value = 0; return cudaSuccess;
        default: return cudaErrorInvalidValue;
        }
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaDeviceGetPCIBusId(char *id, int length, int number) {
    return call(__func__, [&] {
        if (id == nullptr || length < 1) {
            return cudaErrorInvalidValue;
        }
        if (number != 0) {
            return cudaErrorInvalidDevice;
        }
        std::snprintf(id, static_cast<size_t>(length), "emulated");
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaDeviceSynchronize(void) {
    return call_and_wait(__func__, [&] { return run_all(), cudaSuccess; });
}

} // extern "C"
