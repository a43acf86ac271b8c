// A stand-in for libcublas beside the one for libcudart: the functions of cublas.h, slow and obvious, in the order of their stream.
#include "cublas.h"

#include "cudart/device.h"
#include "cudart/memory.h"
#include "cudart/streams.h"

#include <set>

struct cublasContext {
    cudaStream_t stream = nullptr;
    cublasPointerMode_t mode = CUBLAS_POINTER_MODE_HOST;
};

namespace dhmq_emulation {
namespace {

constexpr int VERSION = 130000;

std::set<cublasHandle_t> &handles() {
    static std::set<cublasHandle_t> instance;
    return instance;
}

template <typename Body> cublasStatus_t call_cublas(const char *function, cublasHandle_t handle, const Body &body) {
    const std::lock_guard guard(device_lock());
    if (handles().count(handle) == 0) {
        return CUBLAS_STATUS_NOT_INITIALIZED;
    }
    const int32_t failure = failure_of(function);
    return failure != 0 ? static_cast<cublasStatus_t>(failure) : body();
}

/// Whether n elements of this stride lie on the device.
bool is_vector(const float *x, int64_t n, int64_t stride) {
    return n >= 0 && stride > 0 && (n == 0 || on_device(x, sizeof(float) * static_cast<size_t>((n - 1) * stride + 1)));
}

/// A factor or a result, where the handle's mode says it lies.
bool is_scalar(cublasHandle_t handle, const float *x) {
    return handle->mode == CUBLAS_POINTER_MODE_DEVICE ? on_device(x, sizeof(float)) : x != nullptr && !touches_device(x);
}

/// A factor on the host is read when the call is made, one on the device when its turn comes.
std::function<float()> factor(cublasHandle_t handle, const float *x) {
    if (handle->mode == CUBLAS_POINTER_MODE_DEVICE) {
        return [x] { return *x; };
    }
    return [value = *x] { return value; };
}

cublasStatus_t enqueue_cublas(cublasHandle_t handle, std::function<void()> work) {
    return enqueue(handle->stream, std::move(work)) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

} // namespace
} // namespace dhmq_emulation

using namespace dhmq_emulation;

extern "C" {

DHMQ_EMULATION_EXPORT cublasStatus_t cublasCreate_v2(cublasHandle_t *handle) {
    const std::lock_guard guard(device_lock());
    const int32_t failure = failure_of(__func__);
    if (failure != 0) {
        return static_cast<cublasStatus_t>(failure);
    }
    if (handle == nullptr) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    *handle = new cublasContext;
    handles().insert(*handle);
    return CUBLAS_STATUS_SUCCESS;
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
    const std::lock_guard guard(device_lock());
    if (handles().erase(handle) == 0) {
        return CUBLAS_STATUS_NOT_INITIALIZED;
    }
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int *version) {
    return call_cublas(__func__, handle, [&] {
        return version == nullptr ? CUBLAS_STATUS_INVALID_VALUE : (*version = VERSION, CUBLAS_STATUS_SUCCESS);
    });
}

DHMQ_EMULATION_EXPORT const char *cublasGetStatusName(cublasStatus_t status) {
    switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH: return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR: return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR: return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    }
    return "unknown status";
}

DHMQ_EMULATION_EXPORT const char *cublasGetStatusString(cublasStatus_t status) { return cublasGetStatusName(status); }

DHMQ_EMULATION_EXPORT cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
    return call_cublas(__func__, handle, [&] { return handle->stream = stream, CUBLAS_STATUS_SUCCESS; });
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
    return call_cublas(__func__, handle, [&] { return handle->mode = mode, CUBLAS_STATUS_SUCCESS; });
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasSdot_v2_64(cublasHandle_t handle, int64_t n, const float *x, int64_t x_stride, const float *y,
                                                   int64_t y_stride, float *result) {
    return call_cublas(__func__, handle, [&] {
        if (!is_vector(x, n, x_stride) || !is_vector(y, n, y_stride) || !is_scalar(handle, result)) {
            return CUBLAS_STATUS_INVALID_VALUE;
        }
        const cublasStatus_t status = enqueue_cublas(handle, [=] {
            double sum = 0;
            for (int64_t i = 0; i < n; ++i) {
                sum += static_cast<double>(x[i * x_stride]) * static_cast<double>(y[i * y_stride]);
            }
            *result = static_cast<float>(sum);
        });
        // A result on the host is there when the call returns.
        if (status == CUBLAS_STATUS_SUCCESS && handle->mode == CUBLAS_POINTER_MODE_HOST) {
            return run(handle->stream) == cudaSuccess ? status : CUBLAS_STATUS_EXECUTION_FAILED;
        }
        return status;
    });
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasSaxpy_v2_64(cublasHandle_t handle, int64_t n, const float *alpha, const float *x, int64_t x_stride,
                                                    float *y, int64_t y_stride) {
    return call_cublas(__func__, handle, [&] {
        if (!is_vector(x, n, x_stride) || !is_vector(y, n, y_stride) || !is_scalar(handle, alpha)) {
            return CUBLAS_STATUS_INVALID_VALUE;
        }
        return enqueue_cublas(handle, [=, a = factor(handle, alpha)] {
            for (int64_t i = 0; i < n; ++i) {
                y[i * y_stride] += a() * x[i * x_stride];
            }
        });
    });
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasSscal_v2_64(cublasHandle_t handle, int64_t n, const float *alpha, float *x, int64_t x_stride) {
    return call_cublas(__func__, handle, [&] {
        if (!is_vector(x, n, x_stride) || !is_scalar(handle, alpha)) {
            return CUBLAS_STATUS_INVALID_VALUE;
        }
        return enqueue_cublas(handle, [=, a = factor(handle, alpha)] {
            for (int64_t i = 0; i < n; ++i) {
                x[i * x_stride] *= a();
            }
        });
    });
}

DHMQ_EMULATION_EXPORT cublasStatus_t cublasSgemv_v2_64(cublasHandle_t handle, cublasOperation_t operation, int64_t rows, int64_t columns,
                                                    const float *alpha, const float *matrix, int64_t column_stride, const float *x,
                                                    int64_t x_stride, const float *beta, float *y, int64_t y_stride) {
    return call_cublas(__func__, handle, [&] {
        const bool transposed = operation == CUBLAS_OP_T;
        const int64_t inner = transposed ? rows : columns;
        const int64_t outer = transposed ? columns : rows;
        if (rows < 0 || columns < 0 || column_stride < rows || !is_vector(matrix, column_stride * columns, 1) ||
            !is_vector(x, inner, x_stride) || !is_vector(y, outer, y_stride) || !is_scalar(handle, alpha) || !is_scalar(handle, beta)) {
            return CUBLAS_STATUS_INVALID_VALUE;
        }
        return enqueue_cublas(handle, [=, a = factor(handle, alpha), b = factor(handle, beta)] {
            for (int64_t o = 0; o < outer; ++o) {
                double sum = 0;
                for (int64_t i = 0; i < inner; ++i) {
                    const float element = transposed ? matrix[o * column_stride + i] : matrix[i * column_stride + o];
                    sum += static_cast<double>(element) * static_cast<double>(x[i * x_stride]);
                }
                // With a beta of 0 what was there may be anything.
                const double before = b() == 0 ? 0 : static_cast<double>(b() * y[o * y_stride]);
                y[o * y_stride] = static_cast<float>(static_cast<double>(a()) * sum + before);
            }
        });
    });
}

} // extern "C"
