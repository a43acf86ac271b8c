// Device memory and settings of the emulation for the tests.
#pragma once

#include "../emulation.h"

#include "../../test/check.h"
#include "cuda_runtime.h"

#include <functional>
#include <string>
#include <vector>

namespace dhmq_test {

/// An array on the device, freed with this object. What is read has been waited for.
template <typename T> class DeviceArray {
  public:
    explicit DeviceArray(const std::vector<T> &values) : count(values.size()) {
        CHECK(cudaMalloc(reinterpret_cast<void **>(&data), count * sizeof(T)) == cudaSuccess);
        CHECK(cudaMemcpy(data, values.data(), count * sizeof(T), cudaMemcpyHostToDevice) == cudaSuccess);
    }
    /// As fresh memory is: poisoned.
    explicit DeviceArray(int64_t count) : count(static_cast<size_t>(count)) {
        CHECK(cudaMalloc(reinterpret_cast<void **>(&data), this->count * sizeof(T)) == cudaSuccess);
    }
    DeviceArray(const DeviceArray &) = delete;
    DeviceArray &operator=(const DeviceArray &) = delete;
    ~DeviceArray() { cudaFree(data); }

    T *get() const { return data; }

    std::vector<T> read() const {
        std::vector<T> values(count);
        CHECK(cudaMemcpy(values.data(), data, count * sizeof(T), cudaMemcpyDeviceToHost) == cudaSuccess);
        return values;
    }

  private:
    T *data = nullptr;
    size_t count;
};

/// Runs the test in every schedule, with one worker and with three.
inline void in_every_schedule(const std::string &name, const std::function<void()> &test) {
    const char *schedules[] = {"forward", "reverse", "random"};
    for (int32_t schedule : {DHMQ_EMULATION_FORWARD, DHMQ_EMULATION_REVERSE, DHMQ_EMULATION_RANDOM}) {
        for (int32_t workers : {1, 3}) {
            dhmq_emulation_reset();
            dhmq_emulation_set_schedule(schedule, 7);
            dhmq_emulation_set_workers(workers);
            context() = name + ", " + schedules[schedule] + ", " + std::to_string(workers) + " workers";
            test();
            CHECK(std::string(dhmq_emulation_fault()).empty());
            CHECK(dhmq_emulation_allocated() == 0);
        }
    }
    dhmq_emulation_reset();
}

} // namespace dhmq_test
