// Arrays that end exactly where a page begins that may not be touched: reading or writing one float too far is a crash.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace dhmq_test {

template <typename T> class Guarded {
  public:
    explicit Guarded(const std::vector<T> &values) : count(values.size()) {
        const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
        const size_t bytes = count * sizeof(T);
        body = (bytes + page - 1) / page * page;
        // A forbidden page before the data too, though only the end is flush with one.
        total = body + 2 * page;
        base = static_cast<char *>(mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (base == MAP_FAILED || mprotect(base, page, PROT_NONE) != 0 || mprotect(base + page + body, page, PROT_NONE) != 0) {
            std::abort();
        }
        data_ = reinterpret_cast<T *>(base + page + body - bytes);
        if (bytes > 0) {
            std::memcpy(data_, values.data(), bytes);
        }
    }
    Guarded(const Guarded &) = delete;
    Guarded &operator=(const Guarded &) = delete;
    ~Guarded() { munmap(base, total); }

    T *data() { return data_; }
    const T *data() const { return data_; }
    T &operator[](size_t i) { return data_[i]; }
    const T &operator[](size_t i) const { return data_[i]; }
    size_t size() const { return count; }

  private:
    size_t count;
    size_t body;
    size_t total;
    char *base;
    T *data_;
};

} // namespace dhmq_test
