// Gradients through fake quantization, to the weights and to the scales.
#include "quantizer.cuh"

namespace dhmq {

/// What one weight passes on.
struct WeightGradient {
    float gradient; // of the weight
    float slope;    // of Q(w) by the scale

    /// With u = w / scale rounded: a weight is inside where that is in range, so where u is less than half a step outside, ties
    /// going to even. All comparisons are false for NaN.
    __device__ WeightGradient(const Quantizer &quantizer, float w, float upstream) {
        const float u = w / quantizer.scale;
        const float rounded = rintf(u);
        const bool inside = rounded >= quantizer.lowest && rounded <= quantizer.highest;
        gradient = inside ? upstream : 0.0F;
        slope = inside ? rounded - u : u == u ? quantizer.clamp(rounded) : 0.0F;
    }
};

/// `partial` has a number for every block, or is null where nobody asks for the scales' gradients.
__global__ void __launch_bounds__(THREADS)
    fake_quantize_backward(dhmq_cuda_layout layout, Quantization quantization, const float *weights, const float *gradients,
                           float *weight_gradients, double *partial) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        if (!quantizes(quantization.bits[block.layer])) {
            continue;
        }
        const Quantizer quantizer = quantization.of(block.layer, block.channel);
        const Run<const float> in(weights + block.offset, block.count);
        const Run<const float> upstream(gradients + block.offset, block.count);
        const Run<float> result(weight_gradients + block.offset, block.count);
        double sum = 0;
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            const Four w = in.load(i);
            Four g = upstream.load(i);
            if (quantizer.scale != 0) {
#pragma unroll
                for (int j = 0; j < LANE_WIDTH; ++j) {
                    const WeightGradient one(quantizer, w.at[j], g.at[j]);
                    // Behind the block's end both are zeros.
                    sum += static_cast<double>(one.slope) * static_cast<double>(g.at[j]);
                    g.at[j] = one.gradient;
                }
            }
            result.store(i, g);
        }
        if (partial != nullptr) {
            sum = sum_over_warp(sum);
            if (warp.lane == 0) {
                partial[b] = sum;
            }
        }
    }
}

/// A channel's sum, by the warp that has the channel's first block.
__global__ void __launch_bounds__(THREADS)
    sum_channels(dhmq_cuda_layout layout, const int32_t *bits, const double *partial, float *scale_gradients) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        const ChannelBlocks channel(layout.layers[block.layer], block);
        if (channel.index != 0 || !quantizes(bits[block.layer])) {
            continue;
        }
        double sum = 0;
        for (int64_t i = warp.lane; i < channel.count; i += WARP) {
            sum += partial[b + i];
        }
        sum = sum_over_warp(sum);
        if (warp.lane == 0) {
            scale_gradients[block.channel] = static_cast<float>(sum);
        }
    }
}

} // namespace dhmq

extern "C" {

int64_t dhmq_cuda_fake_quantize_backward_workspace(const dhmq_cuda_layout *layout) { return dhmq::bytes_a_block(layout, 1); }

int32_t dhmq_cuda_fake_quantize_backward(const dhmq_cuda_layout *layout, const int32_t *bits, const float *weights,
                                         const float *scales, const float *zero_points, const float *gradients,
                                         float *weight_gradients, float *scale_gradients, void *workspace, void *stream) {
    const dhmq::Quantization quantization = {bits, scales, zero_points};
    const bool with_scales = scale_gradients != nullptr;
    if (!dhmq::valid_layout(layout) || !dhmq::usable(quantization) || !dhmq::usable(weights, gradients, weight_gradients) ||
        (with_scales && (!dhmq::usable(scale_gradients) ||
                         !dhmq::usable_workspace(workspace, dhmq_cuda_fake_quantize_backward_workspace(layout))))) {
        return DHMQ_INVALID_ARGUMENT;
    }
    auto *partial = with_scales ? static_cast<double *>(workspace) : nullptr;
    const int32_t status = dhmq::launch_over_blocks(dhmq::fake_quantize_backward, layout, stream, quantization, weights, gradients,
                                                    weight_gradients, partial);
    if (status != DHMQ_OK || !with_scales) {
        return status;
    }
    return dhmq::launch_over_blocks(dhmq::sum_channels, layout, stream, bits, partial, scale_gradients);
}

} // extern "C"
