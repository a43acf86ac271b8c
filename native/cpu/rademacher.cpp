// Random signs from the counter-based Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

#include <algorithm>

namespace dhmq {
namespace {

/// Signs that one Philox block gives.
constexpr int64_t SIGNS = 128;
static_assert(BLOCK % SIGNS == 0, "blocks of work begin where a block of Philox does");

void philox(uint64_t counter_low, uint64_t counter_high, uint64_t key, uint32_t out[4]) {
    constexpr int ROUNDS = 10;
    uint32_t c0 = static_cast<uint32_t>(counter_low);
    uint32_t c1 = static_cast<uint32_t>(counter_low >> 32);
    uint32_t c2 = static_cast<uint32_t>(counter_high);
    uint32_t c3 = static_cast<uint32_t>(counter_high >> 32);
    uint32_t k0 = static_cast<uint32_t>(key);
    uint32_t k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < ROUNDS; ++round) {
        const uint64_t p0 = uint64_t{0xD2511F53} * c0;
        const uint64_t p1 = uint64_t{0xCD9E8D57} * c2;
        c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
        c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
        c1 = static_cast<uint32_t>(p1);
        c3 = static_cast<uint32_t>(p0);
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void fill_rademacher(uint64_t seed, uint64_t stream, int64_t length, float *out) {
    const int64_t blocks = (length + BLOCK - 1) / BLOCK;
    parallel_for(blocks, [&](int64_t i) {
        const int64_t end = std::min((i + 1) * BLOCK, length);
        for (int64_t from = i * BLOCK; from < end; from += SIGNS) {
            uint32_t words[4];
            philox(static_cast<uint64_t>(from / SIGNS), stream, seed, words);
            kernels().signs(words, std::min(SIGNS, end - from), out + from);
        }
    });
}

} // namespace
} // namespace dhmq

extern "C" int32_t dhmq_cpu_fill_rademacher(uint64_t seed, uint64_t stream, int64_t length, float *out) {
    const bool valid = length >= 0 && dhmq::usable(out);
    return dhmq::guarded(valid, [&] { dhmq::fill_rademacher(seed, stream, length, out); });
}
