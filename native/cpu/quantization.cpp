// Scale search, fake quantization and perturbation products.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dhmq {
namespace {

/// Weights that a scale search goes over again and again before it moves on: 32 KiB, the first-level cache.
constexpr int64_t SCALE_SEARCH_TILE = 8192;

/// Ratios tried in one pass over a channel; their errors lie on the stack.
constexpr int64_t RATIOS_A_PASS = 64;

/// Perturbations made at once, on the stack, before every vector is multiplied with them: 4 KiB.
constexpr int64_t PERTURBATION_TILE = 1024;

/// The squared errors of up to RATIOS_A_PASS scales over one channel.
void squared_errors(const float *w, int64_t count, const float *scales, int64_t scale_count, int32_t bits, double *errors) {
    std::fill_n(errors, scale_count, 0.0);
    for (int64_t begin = 0; begin < count; begin += SCALE_SEARCH_TILE) {
        const int64_t tile = std::min(SCALE_SEARCH_TILE, count - begin);
        for (int64_t r = 0; r < scale_count; ++r) {
            errors[r] += kernels().quantization_error(w + begin, scales[r], bits, tile);
        }
    }
}

float best_scale(const float *w, int64_t count, int32_t bits, const float *ratios, int64_t ratio_count) {
    const float largest = kernels().largest_magnitude(w, count);
    if (!std::isfinite(largest)) {
        return std::numeric_limits<float>::quiet_NaN();
    }
    const float unclipped = largest / static_cast<float>(1 << (bits - 1));
    float best = unclipped * ratios[0];
    double least = std::numeric_limits<double>::infinity();
    for (int64_t first = 0; first < ratio_count; first += RATIOS_A_PASS) {
        const int64_t pass = std::min(RATIOS_A_PASS, ratio_count - first);
        float scales[RATIOS_A_PASS];
        double errors[RATIOS_A_PASS];
        std::transform(ratios + first, ratios + first + pass, scales, [&](float ratio) { return unclipped * ratio; });
        squared_errors(w, count, scales, pass, bits, errors);
        for (int64_t r = 0; r < pass; ++r) {
            if (errors[r] < least) {
                least = errors[r];
                best = scales[r];
            }
        }
    }
    return best;
}

/// Whole channels of a layer, about a block's worth of work.
struct Channels {
    int64_t layer;
    int64_t begin;
    int64_t end;
};

std::vector<Channels> cut_into_channels(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits) {
    std::vector<Channels> cuts;
    for (int64_t l = 0; l < layer_count; ++l) {
        if (bits[l] == DHMQ_SKIP) {
            continue;
        }
        const int64_t step = std::max<int64_t>(1, BLOCK / layers[l].channel_size);
        for (int64_t begin = 0; begin < layers[l].channels; begin += step) {
            cuts.push_back({l, begin, std::min(begin + step, layers[l].channels)});
        }
    }
    return cuts;
}

void search_scales(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                   const float *ratios, int64_t ratio_count, float *scales) {
    const std::vector<Channels> cuts = cut_into_channels(layers, layer_count, bits);
    parallel_for(std::ssize(cuts), [&](int64_t i) {
        const Channels &cut = cuts[i];
        const dhmq_layer &layer = layers[cut.layer];
        for (int64_t c = cut.begin; c < cut.end; ++c) {
            const float *channel = weights + layer.offset + c * layer.channel_size;
            scales[layer.first_channel + c] =
                best_scale(channel, layer.channel_size, bits[cut.layer], ratios, ratio_count);
        }
    });
}

void fake_quantize(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                   const float *scales, float *out) {
    const std::vector<Block> blocks = cut_into_blocks(layers, layer_count);
    parallel_for(std::ssize(blocks), [&](int64_t i) {
        const Block &block = blocks[i];
        if (bits[block.layer] == DHMQ_SKIP) {
            return;
        }
        const dhmq_layer &layer = layers[block.layer];
        for_each_channel(layer, block.begin, block.count, [&](int64_t channel, int64_t begin, int64_t count) {
            const int64_t from = layer.offset + begin;
            kernels().fake_quantize(weights + from, scales[layer.first_channel + channel], bits[block.layer], count, out + from);
        });
    });
}

/// The arguments of dhmq_cpu_perturbation_products.
struct PerturbationProducts {
    const dhmq_layer *layers;
    const int32_t *bits;
    const float *weights;
    const float *scales;
    const float *current;
    const float *const *vectors;
    int64_t vector_count;

    /// D for a run of a layer's weights.
    void perturbation(const Block &run, float *d) const {
        const dhmq_layer &layer = layers[run.layer];
        for_each_channel(layer, run.begin, run.count, [&](int64_t channel, int64_t begin, int64_t count) {
            const int64_t from = layer.offset + begin;
            kernels().perturbation(weights + from, current + from, scales[layer.first_channel + channel], bits[run.layer],
                                   count, d + (begin - run.begin));
        });
    }

    /// One block's part of D.D and D.v.
    void products(const Block &block, double *sums) const {
        double lanes[1 + DHMQ_MAX_VECTORS][LANES] = {};
        alignas(64) float d[PERTURBATION_TILE];
        for (int64_t done = 0; done < block.count; done += PERTURBATION_TILE) {
            const Block tile = {block.layer, block.begin + done, std::min(PERTURBATION_TILE, block.count - done)};
            perturbation(tile, d);
            kernels().dot(d, d, tile.count, lanes[0]);
            const int64_t from = layers[tile.layer].offset + tile.begin;
            for (int64_t k = 0; k < vector_count; ++k) {
                kernels().dot(d, vectors[k] + from, tile.count, lanes[1 + k]);
            }
        }
        for (int64_t k = 0; k < 1 + vector_count; ++k) {
            sums[k] = sum_lanes(lanes[k]);
        }
    }
};

void perturbation_products(const PerturbationProducts &arguments, int64_t layer_count, double *out) {
    const std::vector<Block> blocks = cut_into_blocks(arguments.layers, layer_count);
    const int64_t each = 1 + arguments.vector_count;
    std::vector<double> partial(blocks.size() * each);
    parallel_for(std::ssize(blocks), [&](int64_t i) {
        if (arguments.bits[blocks[i].layer] != DHMQ_SKIP) {
            arguments.products(blocks[i], partial.data() + i * each);
        }
    });
    std::fill_n(out, layer_count * each, 0.0);
    for (size_t i = 0; i < blocks.size(); ++i) {
        for (int64_t k = 0; k < each; ++k) {
            out[blocks[i].layer * each + k] += partial[i * each + k];
        }
    }
}

} // namespace
} // namespace dhmq

extern "C" {

int32_t dhmq_cpu_search_scales(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                               const float *ratios, int64_t ratio_count, float *scales) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::none_null(weights, ratios, scales) && ratio_count > 0;
    return dhmq::guarded(valid, [&] {
        dhmq::search_scales(layers, layer_count, bits, weights, ratios, ratio_count, scales);
    });
}

int32_t dhmq_cpu_fake_quantize(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                               const float *scales, float *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::none_null(weights, scales, out);
    return dhmq::guarded(valid, [&] { dhmq::fake_quantize(layers, layer_count, bits, weights, scales, out); });
}

int32_t dhmq_cpu_perturbation_products(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits,
                                       const float *weights, const float *scales, const float *current,
                                       const float *const *vectors, int64_t vector_count, double *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::none_null(weights, scales, current, out) && dhmq::valid_vectors(vectors, vector_count) &&
                       vector_count <= DHMQ_MAX_VECTORS;
    return dhmq::guarded(valid, [&] {
        dhmq::perturbation_products({layers, bits, weights, scales, current, vectors, vector_count}, layer_count, out);
    });
}

} // extern "C"
