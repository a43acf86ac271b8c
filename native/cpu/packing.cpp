// Weights as integers of 2 to 8 bits without gaps, and back.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

#include <atomic>
#include <cmath>
#include <cstring>

namespace dhmq {
namespace {

/// Eight integers of b bits are b whole bytes, so runs that begin at a multiple of eight share no byte.
constexpr int64_t GROUP = 8;
constexpr int64_t TILE = 2048;
static_assert(TILE % GROUP == 0);

std::vector<Block> cut_into_tiles(const NetworkQuantization &network, int64_t layer_count) {
    std::vector<Block> tiles;
    for (int64_t l = 0; l < layer_count; ++l) {
        for (int64_t begin = 0; begin < size(network.layers[l]) && !network.skips(l); begin += TILE) {
            tiles.push_back({l, begin, std::min(TILE, size(network.layers[l]) - begin)});
        }
    }
    return tiles;
}

int64_t bytes(int64_t count, int32_t bits) { return (count * bits + 7) / 8; }

/// Packs up to eight whole numbers.
void pack_group(const float *integers, int64_t count, int32_t bits, uint8_t *out) {
    const uint64_t mask = (uint64_t{1} << bits) - 1;
    uint64_t packed = 0;
    for (int64_t i = 0; i < count; ++i) {
        packed |= (static_cast<uint64_t>(static_cast<int32_t>(integers[i])) & mask) << (i * bits);
    }
    for (int64_t byte = 0; byte < bytes(count, bits); ++byte) {
        out[byte] = static_cast<uint8_t>(packed >> (8 * byte));
    }
}

void unpack_group(const uint8_t *in, int64_t count, int32_t bits, bool with_sign, float *integers) {
    uint64_t packed = 0;
    for (int64_t byte = 0; byte < bytes(count, bits); ++byte) {
        packed |= static_cast<uint64_t>(in[byte]) << (8 * byte);
    }
    const int32_t sign = with_sign ? 1 << (bits - 1) : 0;
    for (int64_t i = 0; i < count; ++i) {
        const int32_t value = static_cast<int32_t>((packed >> (i * bits)) & ((uint64_t{1} << bits) - 1));
        integers[i] = static_cast<float>((value ^ sign) - sign);
    }
}

/// False where a weight or a scale is NaN.
bool pack_tile(const NetworkQuantization &network, const Block &tile, const float *weights, uint8_t *out) {
    const dhmq_layer &layer = network.layers[tile.layer];
    alignas(64) float integers[TILE];
    bool finite = true;
    for_each_channel(layer, tile.begin, tile.count, [&](int64_t channel, int64_t begin, int64_t count) {
        float *run = integers + (begin - tile.begin);
        const Quantization q = network.of(tile.layer, channel);
        kernels().integers(weights + layer.offset + begin, q, count, run);
        for (int64_t i = 0; i < count; ++i) {
            run[i] += network.zero_point(tile.layer, channel);
            finite = finite && !std::isnan(run[i]);
        }
    });
    for (int64_t i = 0; i < tile.count && finite; i += GROUP) {
        pack_group(integers + i, std::min(GROUP, tile.count - i), network.bits[tile.layer], out + i / 8 * network.bits[tile.layer]);
    }
    return finite;
}

void unpack_tile(const NetworkQuantization &network, const Block &tile, const uint8_t *in, float *out) {
    const dhmq_layer &layer = network.layers[tile.layer];
    float *weights = out + layer.offset + tile.begin;
    const int32_t bits = network.bits[tile.layer];
    for (int64_t i = 0; i < tile.count; i += GROUP) {
        unpack_group(in + i / 8 * bits, std::min(GROUP, tile.count - i), bits, network.zero_points == nullptr, weights + i);
    }
    for_each_channel(layer, tile.begin, tile.count, [&](int64_t channel, int64_t begin, int64_t count) {
        const float scale = network.of(tile.layer, channel).scale;
        const float zero_point = network.zero_point(tile.layer, channel);
        for (int64_t i = begin - tile.begin; i < begin - tile.begin + count; ++i) {
            weights[i] = scale == 0 ? 0 : scale * (weights[i] - zero_point);
        }
    });
}

/// The part of a layer's bytes where a tile begins.
template <typename Byte> Byte *bytes_of(const NetworkQuantization &network, const Block &tile, const int64_t *byte_offsets, Byte *packed) {
    return packed + byte_offsets[tile.layer] + tile.begin / 8 * network.bits[tile.layer];
}

bool pack(const NetworkQuantization &network, int64_t layer_count, const float *weights, const int64_t *byte_offsets, uint8_t *packed) {
    const std::vector<Block> tiles = cut_into_tiles(network, layer_count);
    std::atomic<bool> finite = true;
    parallel_for(std::ssize(tiles), [&](int64_t i) {
        if (!pack_tile(network, tiles[i], weights, bytes_of(network, tiles[i], byte_offsets, packed))) {
            finite = false;
        }
    });
    return finite;
}

void unpack(const NetworkQuantization &network, int64_t layer_count, const uint8_t *packed, const int64_t *byte_offsets, float *out) {
    const std::vector<Block> tiles = cut_into_tiles(network, layer_count);
    parallel_for(std::ssize(tiles), [&](int64_t i) {
        unpack_tile(network, tiles[i], bytes_of(network, tiles[i], byte_offsets, packed), out);
    });
}

bool valid_offsets(const int64_t *byte_offsets, int64_t layer_count) {
    return usable(byte_offsets) && std::all_of(byte_offsets, byte_offsets + layer_count, [](int64_t offset) { return offset >= 0; });
}

} // namespace
} // namespace dhmq

extern "C" {

int32_t dhmq_cpu_pack(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights, const float *scales,
                      const float *zero_points, const int64_t *byte_offsets, uint8_t *packed) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::usable(weights, scales, packed) && dhmq::valid_offsets(byte_offsets, layer_count) &&
                       dhmq::valid_zero_points(layers, layer_count, bits, zero_points);
    bool finite = true;
    const int32_t status = dhmq::guarded(valid, [&] {
        finite = dhmq::pack({layers, bits, scales, zero_points}, layer_count, weights, byte_offsets, packed);
    });
    return status == DHMQ_OK && !finite ? DHMQ_NOT_FINITE : status;
}

int32_t dhmq_cpu_unpack(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const uint8_t *packed,
                        const int64_t *byte_offsets, const float *scales, const float *zero_points, float *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::usable(packed, scales, out) && dhmq::valid_offsets(byte_offsets, layer_count) &&
                       dhmq::valid_zero_points(layers, layer_count, bits, zero_points);
    return dhmq::guarded(valid, [&] {
        dhmq::unpack({layers, bits, scales, zero_points}, layer_count, packed, byte_offsets, out);
    });
}

} // extern "C"
