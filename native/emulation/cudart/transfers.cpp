// Copies and fills, in the order of their stream. Every address is checked when the call is made.
#include "device.h"
#include "memory.h"
#include "streams.h"

#include <vector>

namespace dhmq_emulation {
namespace {

bool is_side(const void *address, size_t bytes, bool device) {
    return device ? on_device(address, bytes) : address != nullptr && !touches_device(address);
}

cudaError_t check(const void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind) {
    if (kind != cudaMemcpyHostToHost && kind != cudaMemcpyHostToDevice && kind != cudaMemcpyDeviceToHost &&
        kind != cudaMemcpyDeviceToDevice) {
        return cudaErrorInvalidMemcpyDirection;
    }
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    const bool valid = bytes == 0 || (is_side(to, bytes, to_device) && is_side(from, bytes, from_device));
    return valid ? cudaSuccess : cudaErrorInvalidValue;
}

/// Pinned memory is read and written when the copy's turn comes. Pageable memory is read at once, through a buffer of the driver's;
/// and once it has been written to, all that was before has been waited for.
cudaError_t copy_in_order(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream) {
    if (kind == cudaMemcpyHostToDevice && !is_pinned(from, bytes)) {
        const char *begin = static_cast<const char *>(from);
        return enqueue(stream, [=, kept = std::vector<char>(begin, begin + bytes)] { std::memcpy(to, kept.data(), bytes); });
    }
    const cudaError_t error = enqueue(stream, [=] { std::memmove(to, from, bytes); });
    if (error == cudaSuccess && kind == cudaMemcpyDeviceToHost && !is_pinned(to, bytes)) {
        return run(stream);
    }
    return error;
}

cudaError_t fill(void *to, int value, size_t bytes, cudaStream_t stream) {
    if (bytes == 0) {
        return cudaSuccess;
    }
    return !on_device(to, bytes) ? cudaErrorInvalidValue : enqueue(stream, [=] { std::memset(to, value, bytes); });
}

} // namespace
} // namespace dhmq_emulation

using namespace dhmq_emulation;

extern "C" {

DHMQ_EMULATION_EXPORT cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream) {
    return call(__func__, [&] {
        const cudaError_t error = check(to, from, bytes, kind);
        return error != cudaSuccess || bytes == 0 ? error : copy_in_order(to, from, bytes, kind, stream);
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind) {
    return call_and_wait(__func__, [&] {
        const cudaError_t error = check(to, from, bytes, kind);
        if (error != cudaSuccess || bytes == 0) {
            return error;
        }
        const cudaError_t enqueued = copy_in_order(to, from, bytes, kind, nullptr);
        return enqueued != cudaSuccess ? enqueued : run(nullptr);
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream) {
    return call(__func__, [&] { return fill(to, value, bytes, stream); });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaMemset(void *to, int value, size_t bytes) {
    return call(__func__, [&] { return fill(to, value, bytes, nullptr); });
}

} // extern "C"
