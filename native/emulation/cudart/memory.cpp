// Device memory is host memory with borders, never fresh: 0xFF is NaN as a float and -1 as an integer. With the address sanitizer the
// borders are its own, which see reads too.
#include "memory.h"

#include "../emulation.h"
#include "device.h"
#include "streams.h"

#include <cstdlib>
#include <map>

namespace dhmq_emulation {
namespace {

constexpr unsigned char POISON = 0xFF;
constexpr unsigned char BORDER_BYTE = 0xB5;
constexpr size_t ALIGNMENT = 256; // as cudaMalloc's
#ifdef __SANITIZE_ADDRESS__
constexpr size_t BORDER = 0;
#else
constexpr size_t BORDER = ALIGNMENT;
#endif

struct Memory {
    std::map<const char *, size_t> device; // by where they begin
    std::map<const char *, size_t> pinned;
    size_t device_bytes = 0;
    size_t pinned_bytes = 0;
    size_t limit = size_t{4} << 30;
};

Memory &memory() {
    static Memory instance;
    return instance;
}

bool holds(const std::map<const char *, size_t> &pieces, const void *address, size_t bytes) {
    const char *from = static_cast<const char *>(address);
    auto piece = pieces.upper_bound(from);
    if (piece == pieces.begin()) {
        return false;
    }
    --piece;
    return from < piece->first + piece->second && bytes <= static_cast<size_t>(piece->first + piece->second - from);
}

void draw_borders(char *begin, size_t bytes) {
    std::memset(begin - BORDER, BORDER_BYTE, BORDER);
    std::memset(begin + bytes, BORDER_BYTE, BORDER);
}

char *allocate(size_t bytes) {
    void *piece = nullptr;
    if (bytes > SIZE_MAX - 2 * BORDER || posix_memalign(&piece, ALIGNMENT, BORDER + bytes + BORDER) != 0) {
        return nullptr;
    }
    char *begin = static_cast<char *>(piece) + BORDER;
    std::memset(begin, POISON, bytes);
    draw_borders(begin, bytes);
    return begin;
}

void release(char *begin, size_t bytes) {
    std::memset(begin, POISON, bytes);
    std::free(begin - BORDER);
}

bool is_border(const char *begin) {
    for (size_t i = 0; i < BORDER; ++i) {
        if (static_cast<unsigned char>(begin[i]) != BORDER_BYTE) {
            return false;
        }
    }
    return true;
}

} // namespace

bool on_device(const void *address, size_t bytes) { return holds(memory().device, address, bytes); }

bool touches_device(const void *address) { return holds(memory().device, address, 0); }

bool is_pinned(const void *address, size_t bytes) { return holds(memory().pinned, address, bytes); }

void mend_borders() {
    for (const auto &[begin, bytes] : memory().device) {
        draw_borders(const_cast<char *>(begin), bytes);
    }
}

void check_borders() {
    for (const auto &[begin, bytes] : memory().device) {
        if (!is_border(begin - BORDER) || !is_border(begin + bytes)) {
            fault(cudaErrorIllegalAddress, "a kernel has written beside " + std::to_string(bytes) + " bytes of device memory");
        }
    }
}

} // namespace dhmq_emulation

using namespace dhmq_emulation;

extern "C" {

void dhmq_emulation_set_memory(size_t bytes) {
    const std::lock_guard guard(device_lock());
    memory().limit = bytes;
}

size_t dhmq_emulation_allocated(void) {
    const std::lock_guard guard(device_lock());
    return memory().device_bytes + memory().pinned_bytes;
}

DHMQ_EMULATION_EXPORT cudaError_t cudaMalloc(void **address, size_t bytes) {
    return call(__func__, [&] {
        if (address == nullptr) {
            return cudaErrorInvalidValue;
        }
        *address = nullptr;
        if (bytes == 0) {
            return cudaSuccess;
        }
        if (memory().device_bytes > memory().limit || bytes > memory().limit - memory().device_bytes) {
            return cudaErrorMemoryAllocation;
        }
        char *begin = allocate(bytes);
        if (begin == nullptr) {
            return cudaErrorMemoryAllocation;
        }
        memory().device[begin] = bytes;
        memory().device_bytes += bytes;
        *address = begin;
        return cudaSuccess;
    });
}

/// As CUDA's it waits for the device first.
DHMQ_EMULATION_EXPORT cudaError_t cudaFree(void *address) {
    return call_and_wait(__func__, [&] {
        run_all();
        const auto piece = memory().device.find(static_cast<char *>(address));
        if (address == nullptr) {
            return cudaSuccess;
        }
        if (piece == memory().device.end()) {
            return cudaErrorInvalidValue;
        }
        memory().device_bytes -= piece->second;
        release(static_cast<char *>(address), piece->second);
        memory().device.erase(piece);
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaMallocHost(void **address, size_t bytes) {
    return call(__func__, [&] {
        if (address == nullptr) {
            return cudaErrorInvalidValue;
        }
        char *begin = allocate(bytes);
        *address = begin;
        if (begin == nullptr) {
            return cudaErrorMemoryAllocation;
        }
        memory().pinned[begin] = bytes;
        memory().pinned_bytes += bytes;
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaFreeHost(void *address) {
    return call_and_wait(__func__, [&] {
        run_all();
        const auto piece = memory().pinned.find(static_cast<char *>(address));
        if (address == nullptr) {
            return cudaSuccess;
        }
        if (piece == memory().pinned.end()) {
            return cudaErrorInvalidValue;
        }
        memory().pinned_bytes -= piece->second;
        release(static_cast<char *>(address), piece->second);
        memory().pinned.erase(piece);
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
    return call(__func__, [&] {
        if (free == nullptr || total == nullptr) {
            return cudaErrorInvalidValue;
        }
        *total = memory().limit;
        *free = memory().limit > memory().device_bytes ? memory().limit - memory().device_bytes : 0;
        return cudaSuccess;
    });
}

DHMQ_EMULATION_EXPORT cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *address) {
    return call(__func__, [&] {
        if (attributes == nullptr) {
            return cudaErrorInvalidValue;
        }
        void *at = const_cast<void *>(address);
        *attributes = {};
        attributes->device = -1;
        if (touches_device(address)) {
            *attributes = {cudaMemoryTypeDevice, 0, at, nullptr, {}};
        } else if (is_pinned(address, 0)) {
            *attributes = {cudaMemoryTypeHost, 0, at, at, {}};
        }
        return cudaSuccess;
    });
}

} // extern "C"
