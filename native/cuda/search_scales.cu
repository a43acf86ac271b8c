// The scale of least squared error for every channel, over a grid of clipping ratios.
#include "quantizer.cuh"

namespace dhmq {

/// Ratios that a warp tries in one pass over a block, their errors in registers.
constexpr int RATIOS_A_PASS = 8;

/// The least and the largest weight, both NaN where a weight is.
struct Range {
    float least;
    float largest;
};

__device__ inline Range merge(const Range &a, const Range &b) {
    // fminf and fmaxf would lose a NaN.
    const bool unknown = a.least != a.least || b.least != b.least;
    return unknown ? Range{nanf(""), nanf("")} : Range{fminf(a.least, b.least), fmaxf(a.largest, b.largest)};
}

__device__ inline Range merge_over_warp(Range range) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        const Range other = {__shfl_xor_sync(ALL_LANES, range.least, distance), __shfl_xor_sync(ALL_LANES, range.largest, distance)};
        range = merge(range, other);
    }
    return range;
}

/// The range of a channel from those of its blocks, the first of which is `ranges[0]`.
__device__ inline Range range_of_channel(const Range *ranges, int64_t count, int lane) {
    Range range = ranges[0];
    for (int64_t i = lane; i < count; i += WARP) {
        range = merge(range, ranges[i]);
    }
    return merge_over_warp(range);
}

/// What a channel is quantized to when nothing is clipped.
struct Unclipped {
    float scale;
    float zero_point;
    Quantizer quantizer;

    __device__ Unclipped(const Range &range, bool affine, int32_t bits) : scale(nanf("")), zero_point(0) {
        if (isfinite(range.least) && isfinite(range.largest)) {
            if (affine) {
                const float highest = static_cast<float>((1 << bits) - 1);
                const float least = fminf(range.least, 0.0F);
                const float largest = fmaxf(range.largest, 0.0F);
                // Halved, so that two ends of opposite signs cannot overflow.
                scale = (largest / 2 - least / 2) / (highest / 2);
                zero_point = scale > 0 ? fminf(rintf((0.0F - least) / scale), highest) : 0.0F;
            } else {
                scale = fmaxf(fabsf(range.least), fabsf(range.largest)) / static_cast<float>(1 << (bits - 1));
            }
        }
        quantizer = Quantizer(scale, affine, zero_point, bits);
    }
};

__global__ void __launch_bounds__(THREADS)
    find_ranges(dhmq_cuda_layout layout, const int32_t *bits, const float *weights, Range *ranges) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        if (!quantizes(bits[block.layer])) {
            continue;
        }
        const Run<const float> in(weights + block.offset, block.count);
        Range range = {weights[block.offset], weights[block.offset]};
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            const Four w = in.load(i);
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                if (i + j < block.count) {
                    range = merge(range, {w.at[j], w.at[j]});
                }
            }
        }
        range = merge_over_warp(range);
        if (warp.lane == 0) {
            ranges[b] = range;
        }
    }
}

/// errors[b * ratio_count + r] = the sum over block b of (w / scale - clamp(round(w / scale)))^2. A warp takes one block and
/// RATIOS_A_PASS ratios at a time.
__global__ void __launch_bounds__(THREADS)
    find_errors(dhmq_cuda_layout layout, const int32_t *bits, const float *weights, const float *ratios, int64_t ratio_count, bool affine,
                const Range *ranges, double *errors) {
    const Warp warp;
    const int64_t passes = (ratio_count - 1) / RATIOS_A_PASS + 1;
    for (int64_t unit = warp.first; unit < layout.block_count * passes; unit += warp.step) {
        const int64_t b = unit / passes;
        const int64_t first = unit % passes * RATIOS_A_PASS;
        const dhmq_block block = layout.blocks[b];
        if (!quantizes(bits[block.layer])) {
            continue;
        }
        const ChannelBlocks channel(layout.layers[block.layer], block);
        const Range range = range_of_channel(ranges + (b - channel.index), channel.count, warp.lane);
        const Unclipped unclipped(range, affine, bits[block.layer]);
        float scales[RATIOS_A_PASS];
        double sums[RATIOS_A_PASS];
#pragma unroll
        for (int r = 0; r < RATIOS_A_PASS; ++r) {
            scales[r] = first + r < ratio_count ? unclipped.scale * ratios[first + r] : 0.0F;
            sums[r] = 0;
        }
        const Run<const float> in(weights + block.offset, block.count);
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            // Zeros behind the end cost nothing: 0 is always hit.
            const Four w = in.load(i);
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
#pragma unroll
                for (int r = 0; r < RATIOS_A_PASS; ++r) {
                    const float u = w.at[j] / scales[r];
                    const auto error = static_cast<double>(u - rintf(unclipped.quantizer.clamp(u)));
                    // A scale of 0 makes every weight 0: all are that, or too small to tell.
                    sums[r] += scales[r] == 0 ? 0.0 : error * error;
                }
            }
        }
#pragma unroll
        for (int r = 0; r < RATIOS_A_PASS; ++r) {
            const double sum = sum_over_warp(sums[r]);
            if (warp.lane == 0 && first + r < ratio_count) {
                errors[b * ratio_count + first + r] = sum;
            }
        }
    }
}

/// The first of the ratios with the least error.
struct Best {
    double error;
    int64_t ratio;

    __device__ void take(double other_error, int64_t other_ratio) {
        if (other_error < error || (other_error == error && other_ratio < ratio)) {
            error = other_error;
            ratio = other_ratio;
        }
    }
};

/// A channel's choice, by the warp that has the channel's first block; a lane sums the errors of every 32nd ratio.
__global__ void __launch_bounds__(THREADS)
    choose(dhmq_cuda_layout layout, const int32_t *bits, const float *ratios, int64_t ratio_count, const Range *ranges,
           const double *errors, float *scales, float *zero_points) {
    const Warp warp;
    const bool affine = zero_points != nullptr;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        const ChannelBlocks channel(layout.layers[block.layer], block);
        if (channel.index != 0 || !quantizes(bits[block.layer])) {
            continue;
        }
        const Range range = range_of_channel(ranges + b, channel.count, warp.lane);
        const Unclipped unclipped(range, affine, bits[block.layer]);
        Best best = {HUGE_VAL, ratio_count};
        for (int64_t r = warp.lane; r < ratio_count; r += WARP) {
            double sum = 0;
            for (int64_t i = 0; i < channel.count; ++i) {
                sum += errors[(b + i) * ratio_count + r];
            }
            const auto scale = static_cast<double>(unclipped.scale * ratios[r]);
            sum *= scale * scale;
            if (sum < best.error) {
                best = {sum, r};
            }
        }
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            const double error = __shfl_xor_sync(ALL_LANES, best.error, distance);
            best.take(error, __shfl_xor_sync(ALL_LANES, best.ratio, distance));
        }
        if (warp.lane == 0) {
            // Where no error is a number, the first ratio.
            scales[block.channel] = unclipped.scale * ratios[best.ratio < ratio_count ? best.ratio : 0];
            if (affine) {
                zero_points[block.channel] = unclipped.zero_point;
            }
        }
    }
}

} // namespace dhmq

extern "C" {

int64_t dhmq_cuda_search_scales_workspace(const dhmq_cuda_layout *layout, int64_t ratio_count) {
    // A range is two floats: as large as a double.
    static_assert(sizeof(dhmq::Range) == sizeof(double));
    return ratio_count > 0 && ratio_count < INT32_MAX ? dhmq::bytes_a_block(layout, 1 + ratio_count) : -1;
}

int32_t dhmq_cuda_search_scales(const dhmq_cuda_layout *layout, const int32_t *bits, const float *weights, const float *ratios,
                                int64_t ratio_count, float *scales, float *zero_points, void *workspace, void *stream) {
    const int64_t bytes = dhmq_cuda_search_scales_workspace(layout, ratio_count);
    if (bytes < 0 || !dhmq::usable(bits) || !dhmq::usable(weights, ratios, scales) ||
        (zero_points != nullptr && !dhmq::usable(zero_points)) || !dhmq::usable_workspace(workspace, bytes)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    auto *ranges = static_cast<dhmq::Range *>(workspace);
    auto *errors = static_cast<double *>(workspace) + layout->block_count;
    int32_t status = dhmq::launch_over_blocks(dhmq::find_ranges, layout, stream, bits, weights, ranges);
    if (status == DHMQ_OK) {
        const int64_t passes = (ratio_count - 1) / dhmq::RATIOS_A_PASS + 1;
        status = dhmq::launch(dhmq::find_errors, layout->block_count * passes, dhmq::WARPS, stream, *layout, bits, weights, ratios,
                              ratio_count, zero_points != nullptr, ranges, errors);
    }
    if (status == DHMQ_OK) {
        status = dhmq::launch_over_blocks(dhmq::choose, layout, stream, bits, ratios, ratio_count, ranges, errors, scales, zero_points);
    }
    return status;
}

} // extern "C"
