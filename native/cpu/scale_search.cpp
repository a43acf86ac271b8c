// The scale of least squared error for every channel, over a grid of clipping ratios.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

#include <cmath>
#include <limits>

namespace dhmq {
namespace {

/// Weights that a search goes over again and again before it moves on: 16 KiB, half of the smallest first-level cache, and the
/// run after which the kernel goes from float sums to double.
constexpr int64_t TILE = 4096;

/// Ratios tried in one pass over a channel; their errors lie on the stack.
constexpr int64_t RATIOS_A_PASS = 64;

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

/// One channel: what it is quantized to when nothing is clipped, and the search from there.
class ChannelSearch {
  public:
    ChannelSearch(const float *weights, int64_t count, int32_t bits, bool affine) : weights(weights), count(count) {
        const Range range = kernels().range(weights, count);
        if (!std::isfinite(range.least) || !std::isfinite(range.largest)) {
            unclipped = {std::numeric_limits<float>::quiet_NaN(), 0, 0};
        } else if (affine) {
            const float highest = static_cast<float>((1 << bits) - 1);
            const float least = std::min(range.least, 0.0F);
            const float largest = std::max(range.largest, 0.0F);
            // Halved, so that two ends of opposite signs cannot overflow.
            const float scale = (largest / 2 - least / 2) / (highest / 2);
            zero = scale > 0 ? std::min(std::nearbyint((0.0F - least) / scale), highest) : 0;
            unclipped = {scale, -zero, highest - zero};
        } else {
            const float half = static_cast<float>(1 << (bits - 1));
            unclipped = {std::max(std::abs(range.least), std::abs(range.largest)) / half, -half, half - 1};
        }
    }

    float zero_point() const { return zero; }

    float best_scale(const float *ratios, int64_t ratio_count) const {
        if (std::isnan(unclipped.scale)) {
            return unclipped.scale;
        }
        float best = unclipped.scale * ratios[0];
        double least = std::numeric_limits<double>::infinity();
        for (int64_t first = 0; first < ratio_count; first += RATIOS_A_PASS) {
            const int64_t pass = std::min(RATIOS_A_PASS, ratio_count - first);
            double errors[RATIOS_A_PASS];
            squared_errors(ratios + first, pass, errors);
            for (int64_t r = 0; r < pass; ++r) {
                if (errors[r] < least) {
                    least = errors[r];
                    best = unclipped.scale * ratios[first + r];
                }
            }
        }
        return best;
    }

  private:
    const float *weights;
    int64_t count;
    Quantization unclipped;
    float zero = 0;

    void squared_errors(const float *ratios, int64_t ratio_count, double *errors) const {
        std::fill_n(errors, ratio_count, 0.0);
        for (int64_t begin = 0; begin < count; begin += TILE) {
            const int64_t tile = std::min(TILE, count - begin);
            for (int64_t r = 0; r < ratio_count; ++r) {
                const Quantization q = {unclipped.scale * ratios[r], unclipped.lowest, unclipped.highest};
                // A scale of 0 makes every weight 0: all are that, or too small to tell.
                errors[r] += q.scale == 0 ? 0 : kernels().relative_error(weights + begin, q, tile);
            }
        }
        for (int64_t r = 0; r < ratio_count; ++r) {
            const double scale = static_cast<double>(unclipped.scale * ratios[r]);
            errors[r] *= scale * scale;
        }
    }
};

void search_scales(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                   const float *ratios, int64_t ratio_count, float *scales, float *zero_points) {
    const std::vector<Channels> cuts = cut_into_channels(layers, layer_count, bits);
    parallel_for(std::ssize(cuts), [&](int64_t i) {
        const Channels &cut = cuts[i];
        const dhmq_layer &layer = layers[cut.layer];
        for (int64_t c = cut.begin; c < cut.end; ++c) {
            const ChannelSearch search(weights + layer.offset + c * layer.channel_size, layer.channel_size, bits[cut.layer],
                                       zero_points != nullptr);
            scales[layer.first_channel + c] = search.best_scale(ratios, ratio_count);
            if (zero_points != nullptr) {
                zero_points[layer.first_channel + c] = search.zero_point();
            }
        }
    });
}

} // namespace
} // namespace dhmq

extern "C" int32_t dhmq_cpu_search_scales(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits, const float *weights,
                                          const float *ratios, int64_t ratio_count, float *scales, float *zero_points) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::usable(weights, ratios, scales) && ratio_count > 0 &&
                       (zero_points == nullptr || dhmq::usable(zero_points));
    return dhmq::guarded(valid, [&] {
        dhmq::search_scales(layers, layer_count, bits, weights, ratios, ratio_count, scales, zero_points);
    });
}
