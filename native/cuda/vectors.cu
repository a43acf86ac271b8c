// Axpy, and scaling layer by layer.
#include "warp.cuh"

namespace dhmq {

/// Floats that a warp takes at a time where there are no layers.
constexpr int64_t CHUNK = 2048;

__global__ void __launch_bounds__(THREADS) axpy(int64_t length, float alpha, const float *x, float *y) {
    const Warp warp;
    for (int64_t from = warp.first * CHUNK; from < length; from += warp.step * CHUNK) {
        const int count = static_cast<int>(length - from < CHUNK ? length - from : CHUNK);
        const Run<const float> in(x + from, count);
        const Run<float> result(y + from, count);
        for (int i = warp.lane * LANE_WIDTH; i < count; i += WARP_WIDTH) {
            const Four a = in.load(i);
            Four b = result.load(i);
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                b.at[j] += alpha * a.at[j];
            }
            result.store(i, b);
        }
    }
}

__global__ void __launch_bounds__(THREADS) scale_layers(dhmq_cuda_layout layout, const double *factors, float *x) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        const double factor = factors[block.layer];
        const Run<float> run(x + block.offset, block.count);
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            Four a = run.load(i);
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                a.at[j] = static_cast<float>(static_cast<double>(a.at[j]) * factor);
            }
            run.store(i, a);
        }
    }
}

} // namespace dhmq

extern "C" {

int32_t dhmq_cuda_axpy(int64_t length, float alpha, const float *x, float *y, void *stream) {
    if (length < 0 || !dhmq::usable(x, y)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    const int64_t chunks = length / dhmq::CHUNK + (length % dhmq::CHUNK != 0);
    return dhmq::launch(dhmq::axpy, chunks, dhmq::WARPS, stream, length, alpha, x, y);
}

int32_t dhmq_cuda_scale_layers(const dhmq_cuda_layout *layout, const double *factors, float *x, void *stream) {
    if (!dhmq::valid_layout(layout) || !dhmq::usable(factors) || !dhmq::usable(x)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    return dhmq::launch_over_blocks(dhmq::scale_layers, layout, stream, factors, x);
}

} // extern "C"
