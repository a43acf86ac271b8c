// Fake quantization.
#include "quantizer.cuh"

namespace dhmq {

__global__ void __launch_bounds__(THREADS)
    fake_quantize(dhmq_cuda_layout layout, Quantization quantization, const float *weights, float *out) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        if (!quantizes(quantization.bits[block.layer])) {
            continue;
        }
        const Quantizer quantizer = quantization.of(block.layer, block.channel);
        const Run<const float> in(weights + block.offset, block.count);
        const Run<float> result(out + block.offset, block.count);
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            Four x = in.load(i);
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                x.at[j] = quantizer(x.at[j]);
            }
            result.store(i, x);
        }
    }
}

} // namespace dhmq

extern "C" int32_t dhmq_cuda_fake_quantize(const dhmq_cuda_layout *layout, const int32_t *bits, const float *weights,
                                           const float *scales, const float *zero_points, float *out, void *stream) {
    const dhmq::Quantization quantization = {bits, scales, zero_points};
    if (!dhmq::valid_layout(layout) || !dhmq::usable(quantization) || !dhmq::usable(weights, out)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    return dhmq::launch_over_blocks(dhmq::fake_quantize, layout, stream, quantization, weights, out);
}
