// Cutting layers into blocks, on the host.
#include "dhmq_cuda.h"

#include <algorithm>

namespace {

bool valid(const dhmq_layer *layers, int64_t layer_count) {
    if (layer_count < 0 || layer_count > INT32_MAX || (layers == nullptr && layer_count > 0)) {
        return false;
    }
    return std::all_of(layers, layers + layer_count, [](const dhmq_layer &layer) {
        return layer.offset >= 0 && layer.channels > 0 && layer.channel_size > 0 && layer.first_channel >= 0 &&
               layer.channels <= (INT64_MAX - layer.offset) / layer.channel_size;
    });
}

int64_t blocks_of(const dhmq_layer &layer) {
    return layer.channels * ((layer.channel_size - 1) / DHMQ_CUDA_BLOCK + 1);
}

} // namespace

extern "C" {

int32_t dhmq_cuda_abi_version(void) { return DHMQ_CUDA_ABI_VERSION; }

int64_t dhmq_cuda_count_blocks(const dhmq_layer *layers, int64_t layer_count) {
    if (!valid(layers, layer_count)) {
        return -1;
    }
    int64_t count = 0;
    for (int64_t l = 0; l < layer_count; ++l) {
        count += blocks_of(layers[l]);
    }
    return count;
}

int32_t dhmq_cuda_cut_blocks(const dhmq_layer *layers, int64_t layer_count, dhmq_block *blocks, int64_t *first_blocks) {
    if (!valid(layers, layer_count) || first_blocks == nullptr || (blocks == nullptr && layer_count > 0)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    int64_t count = 0;
    for (int64_t l = 0; l < layer_count; ++l) {
        const dhmq_layer &layer = layers[l];
        first_blocks[l] = count;
        for (int64_t c = 0; c < layer.channels; ++c) {
            for (int64_t begin = 0; begin < layer.channel_size; begin += DHMQ_CUDA_BLOCK) {
                const int64_t size = std::min<int64_t>(DHMQ_CUDA_BLOCK, layer.channel_size - begin);
                blocks[count++] = {layer.offset + c * layer.channel_size + begin, layer.first_channel + c,
                                   static_cast<int32_t>(l), static_cast<int32_t>(size)};
            }
        }
    }
    first_blocks[layer_count] = count;
    return DHMQ_OK;
}

} // extern "C"
