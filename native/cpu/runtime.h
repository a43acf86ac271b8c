// What is chosen once for the process: the instruction set and the number of threads.
#pragma once

#include "kernels.h"

#include <cstdint>
#include <string_view>

namespace dhmq {

/// The kernels of the selected tier.
const Kernels &kernels();

/// Selects a tier by name; false where the processor lacks it or the name is unknown.
bool select_kernels(std::string_view name);

int32_t max_threads();

void set_max_threads(int32_t threads);

/// Waits for this thread's stores past the caches, which other threads may see late otherwise.
inline void finish_streaming() {
#ifdef __SSE2__
    __builtin_ia32_sfence();
#endif
}

/// Fewer blocks than this are not worth waking other threads for: some 10 us each, against up to 50 us for a sleeping thread.
inline constexpr int64_t BLOCKS_WORTH_THREADS = 4;

/// Calls action(i) for every i below count, on several threads where there are blocks enough to pay for them. Which thread takes
/// which i is left to chance.
template <typename Action> void parallel_for(int64_t count, const Action &action, int64_t worth_threads = BLOCKS_WORTH_THREADS) {
    const int32_t threads = count >= worth_threads ? max_threads() : 1;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
    for (int64_t i = 0; i < count; ++i) {
        action(i);
    }
}

} // namespace dhmq
