// One block of Philox 4x32-10.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace dhmq {

struct Words {
    uint32_t at[4];
};

__device__ inline Words philox(uint64_t counter_low, uint64_t counter_high, uint64_t key) {
    constexpr int ROUNDS = 10;
    Words c = {{static_cast<uint32_t>(counter_low), static_cast<uint32_t>(counter_low >> 32), static_cast<uint32_t>(counter_high),
                static_cast<uint32_t>(counter_high >> 32)}};
    auto k0 = static_cast<uint32_t>(key);
    auto k1 = static_cast<uint32_t>(key >> 32);
#pragma unroll
    for (int round = 0; round < ROUNDS; ++round) {
        const uint64_t p0 = uint64_t{0xD2511F53} * c.at[0];
        const uint64_t p1 = uint64_t{0xCD9E8D57} * c.at[2];
        c = {{static_cast<uint32_t>(p1 >> 32) ^ c.at[1] ^ k0, static_cast<uint32_t>(p1),
              static_cast<uint32_t>(p0 >> 32) ^ c.at[3] ^ k1, static_cast<uint32_t>(p0)}};
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return c;
}

} // namespace dhmq
