// Bugs of those who call CUDA, planted: the stand-ins for libcudart and libcublas have to show them.
#include "device.h"
#include "planted.h"

#include "cublas.h"

#include <cmath>

namespace {

using namespace dhmq_test;

/// Pinned memory for one float.
class Pinned {
  public:
    explicit Pinned(float value) {
        CHECK(cudaMallocHost(reinterpret_cast<void **>(&data), sizeof(float)) == cudaSuccess);
        *data = value;
    }
    Pinned(const Pinned &) = delete;
    Pinned &operator=(const Pinned &) = delete;
    ~Pinned() { cudaFreeHost(data); }

    float *get() const { return data; }

  private:
    float *data = nullptr;
};

constexpr size_t ONE = sizeof(float);

void missing_synchronise() {
    context() = "missing synchronise";
    const DeviceArray<float> one(std::vector<float>{1});
    const Pinned result(-1);
    CHECK(cudaMemcpyAsync(result.get(), one.get(), ONE, cudaMemcpyDeviceToHost, nullptr) == cudaSuccess);
    CHECK(*result.get() == -1);
    CHECK(dhmq_emulation_pending() == 1);
    CHECK(cudaStreamQuery(nullptr) == cudaErrorNotReady);
    CHECK(cudaStreamSynchronize(nullptr) == cudaSuccess);
    CHECK(*result.get() == 1);
    CHECK(cudaStreamQuery(nullptr) == cudaSuccess);

    // A GPU may as well be faster.
    dhmq_emulation_set_deferred(0);
    *result.get() = -1;
    CHECK(cudaMemcpyAsync(result.get(), one.get(), ONE, cudaMemcpyDeviceToHost, nullptr) == cudaSuccess);
    CHECK(*result.get() == 1);
    dhmq_emulation_reset();
}

void staging_memory_written_too_early() {
    context() = "staging memory written too early";
    const DeviceArray<float> a(1);
    const DeviceArray<float> b(1);
    const Pinned staging(1);
    CHECK(cudaMemcpyAsync(a.get(), staging.get(), ONE, cudaMemcpyHostToDevice, nullptr) == cudaSuccess);
    *staging.get() = 2;
    CHECK(a.read()[0] == 2);

    cudaEvent_t copied = nullptr;
    CHECK(cudaEventCreateWithFlags(&copied, cudaEventDisableTiming) == cudaSuccess);
    *staging.get() = 1;
    CHECK(cudaMemcpyAsync(b.get(), staging.get(), ONE, cudaMemcpyHostToDevice, nullptr) == cudaSuccess);
    CHECK(cudaEventRecord(copied, nullptr) == cudaSuccess);
    CHECK(cudaEventQuery(copied) == cudaErrorNotReady);
    CHECK(cudaEventSynchronize(copied) == cudaSuccess);
    CHECK(cudaEventQuery(copied) == cudaSuccess);
    *staging.get() = 2;
    CHECK(b.read()[0] == 1);
    CHECK(dhmq_emulation_handles() == 1);
    CHECK(cudaEventDestroy(copied) == cudaSuccess);
    CHECK(cudaEventDestroy(copied) == cudaErrorInvalidResourceHandle);
    CHECK(dhmq_emulation_handles() == 0);

    // Pageable memory is read before the call returns.
    float pageable = 1;
    CHECK(cudaMemcpyAsync(a.get(), &pageable, ONE, cudaMemcpyHostToDevice, nullptr) == cudaSuccess);
    pageable = 2;
    CHECK(a.read()[0] == 1);
}

/// One stream writes what another reads.
float pass_between_streams(unsigned flags, bool with_event) {
    cudaStream_t writer = nullptr;
    cudaStream_t reader = nullptr;
    cudaEvent_t written = nullptr;
    CHECK(cudaStreamCreateWithFlags(&writer, flags) == cudaSuccess);
    CHECK(cudaStreamCreateWithFlags(&reader, flags) == cudaSuccess);
    CHECK(cudaEventCreateWithFlags(&written, cudaEventDefault) == cudaSuccess);
    const DeviceArray<float> from(std::vector<float>{3});
    const DeviceArray<float> between(std::vector<float>{0});
    const Pinned result(-1);
    CHECK(cudaMemcpyAsync(between.get(), from.get(), ONE, cudaMemcpyDeviceToDevice, writer) == cudaSuccess);
    if (with_event) {
        CHECK(cudaEventRecord(written, writer) == cudaSuccess);
        CHECK(cudaStreamWaitEvent(reader, written, 0) == cudaSuccess);
    }
    CHECK(cudaMemcpyAsync(result.get(), between.get(), ONE, cudaMemcpyDeviceToHost, reader) == cudaSuccess);
    CHECK(cudaStreamSynchronize(reader) == cudaSuccess);
    const float found = *result.get();
    CHECK(cudaStreamDestroy(writer) == cudaSuccess);
    CHECK(cudaStreamDestroy(reader) == cudaSuccess);
    CHECK(cudaEventDestroy(written) == cudaSuccess);
    return found;
}

void streams_without_order() {
    context() = "streams without order";
    CHECK(pass_between_streams(cudaStreamNonBlocking, false) == 0);
    CHECK(pass_between_streams(cudaStreamNonBlocking, true) == 3);

    // The default stream orders the others unless they are non-blocking.
    for (unsigned flags : {static_cast<unsigned>(cudaStreamDefault), static_cast<unsigned>(cudaStreamNonBlocking)}) {
        cudaStream_t other = nullptr;
        CHECK(cudaStreamCreateWithFlags(&other, flags) == cudaSuccess);
        const DeviceArray<float> from(std::vector<float>{3});
        const DeviceArray<float> to(std::vector<float>{0});
        const Pinned result(-1);
        CHECK(cudaMemcpyAsync(to.get(), from.get(), ONE, cudaMemcpyDeviceToDevice, nullptr) == cudaSuccess);
        CHECK(cudaMemcpyAsync(result.get(), to.get(), ONE, cudaMemcpyDeviceToHost, other) == cudaSuccess);
        CHECK(cudaStreamSynchronize(other) == cudaSuccess);
        CHECK(*result.get() == (flags == cudaStreamDefault ? 3 : 0));
        CHECK(cudaStreamDestroy(other) == cudaSuccess);
    }
}

void wrong_addresses() {
    context() = "wrong addresses";
    float host[2] = {};
    const DeviceArray<float> device(std::vector<float>{1});
    CHECK(cudaMemcpy(host, device.get(), ONE, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
    CHECK(cudaMemcpy(device.get(), host, ONE, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
    CHECK(cudaMemcpy(device.get(), host, 2 * ONE, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
    CHECK(cudaMemcpy(host, device.get() + 1, ONE, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
    CHECK(cudaMemcpy(host, nullptr, ONE, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
    CHECK(cudaMemcpyAsync(host, device.get(), ONE, static_cast<cudaMemcpyKind>(7), nullptr) == cudaErrorInvalidMemcpyDirection);
    CHECK(cudaMemset(host, 0, ONE) == cudaErrorInvalidValue);
    CHECK(cudaGetLastError() == cudaErrorInvalidValue);
    CHECK(cudaGetLastError() == cudaSuccess);
    CHECK(cudaFree(host) == cudaErrorInvalidValue);

    void *gone = nullptr;
    CHECK(cudaMalloc(&gone, ONE) == cudaSuccess);
    CHECK(cudaFree(gone) == cudaSuccess);
    CHECK(cudaMemcpy(host, gone, ONE, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
    CHECK(cudaFree(gone) == cudaErrorInvalidValue);

    cudaPointerAttributes attributes = {};
    CHECK(cudaPointerGetAttributes(&attributes, device.get()) == cudaSuccess && attributes.type == cudaMemoryTypeDevice);
    CHECK(cudaPointerGetAttributes(&attributes, host) == cudaSuccess && attributes.type == cudaMemoryTypeUnregistered);
    const auto no_stream = reinterpret_cast<cudaStream_t>(host);
    CHECK(cudaStreamSynchronize(no_stream) == cudaErrorInvalidResourceHandle);
}

void failures_on_demand() {
    context() = "failures on demand";
    dhmq_emulation_set_memory(1000);
    void *first = nullptr;
    void *second = nullptr;
    CHECK(cudaMalloc(&first, 800) == cudaSuccess);
    CHECK(cudaMalloc(&second, 201) == cudaErrorMemoryAllocation && second == nullptr);
    size_t free = 0;
    size_t total = 0;
    CHECK(cudaMemGetInfo(&free, &total) == cudaSuccess && free == 200 && total == 1000);
    CHECK(cudaMalloc(&second, 200) == cudaSuccess);

    dhmq_emulation_fail("cudaMemset", 1, cudaErrorInvalidValue, 0);
    CHECK(cudaMemset(first, 0, 800) == cudaSuccess);
    CHECK(cudaMemset(first, 0, 800) == cudaErrorInvalidValue);
    CHECK(cudaMemset(first, 0, 800) == cudaSuccess);

    dhmq_emulation_fail("cudaStreamSynchronize", 0, cudaErrorIllegalAddress, 1);
    CHECK(cudaStreamSynchronize(nullptr) == cudaErrorIllegalAddress);
    CHECK(cudaMemset(first, 0, 800) == cudaErrorIllegalAddress);
    CHECK(cudaFree(first) == cudaErrorIllegalAddress);
    dhmq_emulation_reset();
    CHECK(cudaFree(first) == cudaSuccess);
    CHECK(cudaFree(second) == cudaSuccess);
}

void cublas() {
    context() = "cublas";
    const DeviceArray<float> matrix(std::vector<float>{1, 2, 3, 4, 5, 6}); // columns (1, 2), (3, 4), (5, 6)
    const DeviceArray<float> x(std::vector<float>{1, 10});
    const DeviceArray<float> y(3);
    const float one = 1;
    const float zero = 0;
    cublasHandle_t handle = nullptr;
    CHECK(cublasCreate_v2(&handle) == CUBLAS_STATUS_SUCCESS);
    // Fresh memory is NaN, which a beta of 0 has to leave out.
    CHECK(cublasSgemv_v2_64(handle, CUBLAS_OP_T, 2, 3, &one, matrix.get(), 2, x.get(), 1, &zero, y.get(), 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(y.read() == (std::vector<float>{21, 43, 65}));
    float dot = 0;
    CHECK(cublasSdot_v2_64(handle, 3, matrix.get(), 2, y.get(), 1, &dot) == CUBLAS_STATUS_SUCCESS && dot == 21 + 3 * 43 + 5 * 65);
    CHECK(cublasSaxpy_v2_64(handle, 2, &one, x.get(), 1, y.get(), 2) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasSscal_v2_64(handle, 1, &zero, x.get(), 1) == CUBLAS_STATUS_SUCCESS);
    CHECK(y.read() == (std::vector<float>{22, 43, 75}));
    CHECK(x.read() == (std::vector<float>{0, 10}));
    CHECK(cublasSdot_v2_64(handle, 4, y.get(), 1, y.get(), 1, &dot) == CUBLAS_STATUS_INVALID_VALUE);
    dhmq_emulation_fail("cublasSscal_v2_64", 0, CUBLAS_STATUS_EXECUTION_FAILED, 0);
    CHECK(cublasSscal_v2_64(handle, 1, &zero, x.get(), 1) == CUBLAS_STATUS_EXECUTION_FAILED);
    CHECK(cublasDestroy_v2(handle) == CUBLAS_STATUS_SUCCESS);
    CHECK(cublasDestroy_v2(handle) == CUBLAS_STATUS_NOT_INITIALIZED);
}

} // namespace

int main() {
    missing_synchronise();
    staging_memory_written_too_early();
    streams_without_order();
    wrong_addresses();
    failures_on_demand();
    cublas();
    CHECK(std::string(dhmq_cuda_is_emulation()).find("emulated") != std::string::npos);
    CHECK(dhmq_emulation_allocated() == 0);
    CHECK(dhmq_emulation_handles() == 0);
    return finish();
}
