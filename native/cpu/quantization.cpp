// Fake quantization, forward and backward.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

namespace dhmq {
namespace {

/// Results of more bytes than this are written past the caches: they would not stay there until they are read, and a write that goes
/// through a cache first reads what it overwrites.
constexpr int64_t STREAMED_BYTES = 32 << 20;

void fake_quantize(const NetworkQuantization &network, int64_t layer_count, const float *weights, float *out) {
    const std::vector<Block> blocks = cut_into_blocks(network.layers, layer_count);
    const Reach reach(network.layers, layer_count);
    const bool stream = out != weights && (reach.end - reach.begin) * 4 > STREAMED_BYTES;
    parallel_for(std::ssize(blocks), [&](int64_t i) {
        const Block &block = blocks[i];
        if (network.skips(block.layer)) {
            return;
        }
        const dhmq_layer &layer = network.layers[block.layer];
        for_each_channel(layer, block.begin, block.count, [&](int64_t channel, int64_t begin, int64_t count) {
            const int64_t from = layer.offset + begin;
            kernels().fake_quantize(weights + from, network.of(block.layer, channel), count, out + from, stream);
        });
        if (stream) {
            finish_streaming();
        }
    });
}

/// The arguments of dhmq_cpu_fake_quantize_backward.
struct Backward {
    NetworkQuantization network;
    const float *weights;
    const float *gradients;
    float *weight_gradients;
    float *scale_gradients;

    void run(int64_t layer_count) const {
        const std::vector<Block> blocks = cut_into_blocks(network.layers, layer_count);
        // The part a block has in the scale gradient of a channel longer than itself.
        std::vector<double> partial(blocks.size());
        parallel_for(std::ssize(blocks), [&](int64_t i) {
            if (!network.skips(blocks[i].layer)) {
                partial[i] = pass(blocks[i]);
            }
        });
        if (scale_gradients == nullptr) {
            return;
        }
        double sum = 0;
        for (size_t i = 0; i < blocks.size(); ++i) {
            const dhmq_layer &layer = network.layers[blocks[i].layer];
            if (network.skips(blocks[i].layer) || !longer_than_block(layer)) {
                continue;
            }
            sum = blocks[i].begin % layer.channel_size == 0 ? partial[i] : sum + partial[i];
            scale_gradients[layer.first_channel + blocks[i].begin / layer.channel_size] = static_cast<float>(sum);
        }
    }

  private:
    static bool longer_than_block(const dhmq_layer &layer) { return layer.channel_size > BLOCK; }

    /// One block's weight gradients, and the scale gradients of the channels it has whole; returns the sum over its last channel.
    double pass(const Block &block) const {
        const dhmq_layer &layer = network.layers[block.layer];
        double last = 0;
        for_each_channel(layer, block.begin, block.count, [&](int64_t channel, int64_t begin, int64_t count) {
            const int64_t from = layer.offset + begin;
            double lanes[LANES] = {};
            kernels().backward(weights + from, network.of(block.layer, channel), gradients + from, count, weight_gradients + from,
                               lanes);
            last = sum_lanes(lanes);
            if (scale_gradients != nullptr && !longer_than_block(layer)) {
                scale_gradients[layer.first_channel + channel] = static_cast<float>(last);
            }
        });
        return last;
    }
};

} // namespace
} // namespace dhmq

extern "C" {

int32_t dhmq_cpu_fake_quantize(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                               const float *scales, const float *zero_points, float *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::usable(weights, scales, out) && dhmq::valid_zero_points(layers, layer_count, bits, zero_points) &&
                       !dhmq::Reach(layers, layer_count).partly_overlap(out, weights);
    return dhmq::guarded(valid, [&] { dhmq::fake_quantize({layers, bits, scales, zero_points}, layer_count, weights, out); });
}

int32_t dhmq_cpu_fake_quantize_backward(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                                        const float *scales, const float *zero_points, const float *gradients,
                                        float *weight_gradients, float *scale_gradients) {
    const dhmq::Reach reach(layers, dhmq::valid_layers(layers, layer_count) ? layer_count : 0);
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::usable(weights, scales, gradients, weight_gradients) &&
                       dhmq::valid_zero_points(layers, layer_count, bits, zero_points) &&
                       (scale_gradients == nullptr || dhmq::usable(scale_gradients)) &&
                       !reach.partly_overlap(weight_gradients, gradients) && !reach.overlap(weight_gradients, weights);
    return dhmq::guarded(valid, [&] {
        dhmq::Backward{{layers, bits, scales, zero_points}, weights, gradients, weight_gradients, scale_gradients}.run(layer_count);
    });
}

} // extern "C"
