// Random signs from the counter-based Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
#include "philox.cuh"
#include "warp.cuh"

namespace dhmq {

/// Signs that one block of Philox gives: a warp's width, so that the lanes can share one.
constexpr int SIGNS = 128;
static_assert(SIGNS == WARP_WIDTH);

/// Every lane computes a block of Philox; then the warp writes the 32 blocks one after the other, so that its lanes write neighbours.
constexpr int64_t CHUNK = static_cast<int64_t>(SIGNS) * WARP;

__global__ void __launch_bounds__(THREADS) fill_rademacher(uint64_t seed, uint64_t stream, int64_t length, float *out) {
    const Warp warp;
    for (int64_t from = warp.first * CHUNK; from < length; from += warp.step * CHUNK) {
        const auto first_block = static_cast<uint64_t>(from / SIGNS);
        const Words mine = philox(first_block + static_cast<uint64_t>(warp.lane), stream, seed);
        const int count = static_cast<int>(length - from < CHUNK ? length - from : CHUNK);
        const Run<float> result(out + from, count);
        const int bits_a_word = 32;
        const int word_of_lane = warp.lane * LANE_WIDTH / bits_a_word;
        const int bit_of_lane = warp.lane * LANE_WIDTH % bits_a_word;
        for (int block = 0; block < WARP; ++block) {
            uint32_t word = 0;
#pragma unroll
            for (int w = 0; w < 4; ++w) {
                const uint32_t shared = __shfl_sync(ALL_LANES, mine.at[w], block);
                word = w == word_of_lane ? shared : word;
            }
            Four signs;
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                signs.at[j] = (word >> (bit_of_lane + j) & 1) != 0 ? -1.0F : 1.0F;
            }
            const int i = block * SIGNS + warp.lane * LANE_WIDTH;
            if (i < count) {
                result.store(i, signs);
            }
        }
    }
}

} // namespace dhmq

extern "C" int32_t dhmq_cuda_fill_rademacher(uint64_t seed, uint64_t stream_number, int64_t length, float *out, void *stream) {
    if (length < 0 || !dhmq::usable(out)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    const int64_t chunks = length / dhmq::CHUNK + (length % dhmq::CHUNK != 0);
    return dhmq::launch(dhmq::fill_rademacher, chunks, dhmq::WARPS, stream, seed, stream_number, length, out);
}
