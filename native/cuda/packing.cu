// Weights as integers of 2 to 8 bits without gaps, and back.
#include "quantizer.cuh"

namespace dhmq {

/// Eight integers of b bits are b whole bytes: a lane packs a group of eight and shares no byte with another.
constexpr int GROUP = 8;
static_assert(DHMQ_CUDA_BLOCK % GROUP == 0);

/// A warp's share of packing: a layer's weights from begin on, begin a multiple of eight. Blocks do not begin so, for they end with
/// their channel; but a layer has at least as many of them as there are runs of DHMQ_CUDA_BLOCK in it, so the n-th takes the n-th run.
struct Share {
    dhmq_layer layer;
    int32_t layer_index;
    int64_t begin;
    int64_t end;

    __device__ Share(const dhmq_cuda_layout &layout, int64_t b) : layer_index(layout.blocks[b].layer) {
        layer = layout.layers[layer_index];
        const int64_t size = layer.channels * layer.channel_size;
        begin = (b - layout.first_blocks[layer_index]) * DHMQ_CUDA_BLOCK;
        end = begin + DHMQ_CUDA_BLOCK < size ? begin + DHMQ_CUDA_BLOCK : size;
    }
};

/// Goes through a layer's weights and keeps their channel.
struct ChannelCursor {
    int64_t channel; // among all layers' channels
    int64_t left;    // weights of the channel still to come

    __device__ ChannelCursor(const dhmq_layer &layer, int64_t i)
        : channel(layer.first_channel + i / layer.channel_size), left(layer.channel_size - i % layer.channel_size) {}

    __device__ void next(const dhmq_layer &layer) {
        if (--left == 0) {
            ++channel;
            left = layer.channel_size;
        }
    }
};

__global__ void __launch_bounds__(THREADS) clear(int32_t *flag) {
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        *flag = 0;
    }
}

__global__ void __launch_bounds__(THREADS) pack(dhmq_cuda_layout layout, Quantization quantization, const float *weights,
                                                const int64_t *byte_offsets, uint8_t *packed, int32_t *not_finite) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const Share share(layout, b);
        const int32_t bits = quantization.bits[share.layer_index];
        if (!quantizes(bits)) {
            continue;
        }
        const float *in = weights + share.layer.offset;
        uint8_t *out = packed + byte_offsets[share.layer_index];
        bool unknown = false;
        for (int64_t i = share.begin + warp.lane * GROUP; i < share.end; i += WARP * GROUP) {
            const int count = static_cast<int>(share.end - i < GROUP ? share.end - i : GROUP);
            ChannelCursor cursor(share.layer, i);
            uint64_t group = 0;
            for (int j = 0; j < count; ++j) {
                const float zero_point = quantization.zero_point(cursor.channel);
                const float q = quantization.of(share.layer_index, cursor.channel).whole(in[i + j]) + zero_point;
                const bool is_number = q == q;
                unknown = unknown || !is_number;
                const auto integer = static_cast<uint64_t>(is_number ? static_cast<int32_t>(q) : 0);
                group |= (integer & ((uint64_t{1} << bits) - 1)) << (j * bits);
                cursor.next(share.layer);
            }
            uint8_t *bytes = out + i / GROUP * bits;
            for (int byte = 0; byte * 8 < count * bits; ++byte) {
                bytes[byte] = static_cast<uint8_t>(group >> (8 * byte));
            }
        }
        if (unknown) {
            atomicOr(not_finite, 1);
        }
    }
}

__global__ void __launch_bounds__(THREADS) unpack(dhmq_cuda_layout layout, Quantization quantization, const uint8_t *packed,
                                                  const int64_t *byte_offsets, float *out) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const Share share(layout, b);
        const int32_t bits = quantization.bits[share.layer_index];
        if (!quantizes(bits)) {
            continue;
        }
        const uint8_t *in = packed + byte_offsets[share.layer_index];
        float *weights = out + share.layer.offset;
        const int32_t sign = quantization.zero_points == nullptr ? 1 << (bits - 1) : 0;
        for (int64_t i = share.begin + warp.lane * GROUP; i < share.end; i += WARP * GROUP) {
            const int count = static_cast<int>(share.end - i < GROUP ? share.end - i : GROUP);
            ChannelCursor cursor(share.layer, i);
            const uint8_t *bytes = in + i / GROUP * bits;
            uint64_t group = 0;
            for (int byte = 0; byte * 8 < count * bits; ++byte) {
                group |= static_cast<uint64_t>(bytes[byte]) << (8 * byte);
            }
#pragma unroll
            for (int j = 0; j < GROUP; ++j) {
                if (j == count) {
                    break;
                }
                const auto low = static_cast<int32_t>(group >> (j * bits) & ((uint64_t{1} << bits) - 1));
                const auto q = static_cast<float>((low ^ sign) - sign);
                const float scale = quantization.scales[cursor.channel];
                weights[i + j] = scale == 0 ? 0.0F : scale * (q - quantization.zero_point(cursor.channel));
                cursor.next(share.layer);
            }
        }
    }
}

} // namespace dhmq

extern "C" {

int32_t dhmq_cuda_pack(const dhmq_cuda_layout *layout, const int32_t *bits, const float *weights, const float *scales,
                       const float *zero_points, const int64_t *byte_offsets, uint8_t *packed, int32_t *not_finite, void *stream) {
    const dhmq::Quantization quantization = {bits, scales, zero_points};
    if (!dhmq::valid_layout(layout) || !dhmq::usable(quantization) || !dhmq::usable(weights) || !dhmq::usable(byte_offsets) ||
        !dhmq::usable(packed) || !dhmq::usable(not_finite)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    const int32_t status = dhmq::launch(dhmq::clear, 1, 1, stream, not_finite);
    if (status != DHMQ_OK) {
        return status;
    }
    return dhmq::launch_over_blocks(dhmq::pack, layout, stream, quantization, weights, byte_offsets, packed, not_finite);
}

int32_t dhmq_cuda_unpack(const dhmq_cuda_layout *layout, const int32_t *bits, const uint8_t *packed, const int64_t *byte_offsets,
                         const float *scales, const float *zero_points, float *out, void *stream) {
    const dhmq::Quantization quantization = {bits, scales, zero_points};
    if (!dhmq::valid_layout(layout) || !dhmq::usable(quantization) || !dhmq::usable(packed) || !dhmq::usable(byte_offsets) ||
        !dhmq::usable(out)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    return dhmq::launch_over_blocks(dhmq::unpack, layout, stream, quantization, packed, byte_offsets, out);
}

} // extern "C"
