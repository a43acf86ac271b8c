// How work is cut up for threads. The cuts depend on the layers alone, never on the number of threads, and partial sums are
// added in the order of the blocks: so results do not depend on which thread computed what.
#pragma once

#include "layers.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dhmq {

/// Weights in a block: 64 KiB, so that a block and its counterpart in two more vectors stay in a 256 KiB L2, and some 10 us of
/// work, against about 1 us to hand a block to a thread.
inline constexpr int64_t BLOCK = 16384;

/// A run of one layer's weights.
struct Block {
    int64_t layer;
    int64_t begin; // index within the layer
    int64_t count;
};

/// Cuts every layer into blocks, in order. A block is part of one channel, or some whole ones.
inline std::vector<Block> cut_into_blocks(const dhmq_layer *layers, int64_t layer_count) {
    std::vector<Block> blocks;
    for (int64_t l = 0; l < layer_count; ++l) {
        const int64_t channel_size = layers[l].channel_size;
        const int64_t run = channel_size >= BLOCK ? channel_size : size(layers[l]);
        const int64_t step = channel_size >= BLOCK ? BLOCK : BLOCK / channel_size * channel_size;
        for (int64_t begin = 0; begin < size(layers[l]); begin += run) {
            for (int64_t i = 0; i < run; i += step) {
                blocks.push_back({l, begin + i, std::min(step, run - i)});
            }
        }
    }
    return blocks;
}

/// Calls action(channel, begin, count) for the part of each channel that lies in [begin, begin + count) of a layer.
template <typename Action>
void for_each_channel(const dhmq_layer &layer, int64_t begin, int64_t count, Action action) {
    const int64_t end = begin + count;
    while (begin < end) {
        const int64_t channel = begin / layer.channel_size;
        const int64_t channel_end = (channel + 1) * layer.channel_size;
        const int64_t until = channel_end < end ? channel_end : end;
        action(channel, begin, until - begin);
        begin = until;
    }
}

} // namespace dhmq
