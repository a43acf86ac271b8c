// Products of one vector with many, layer by layer: the perturbation's, and the compact form's.
#include "products.cuh"
#include "quantizer.cuh"
#include "reduce.cuh"

namespace dhmq {

/// D = Q(w) - current, made as it is loaded. Multiplied with itself too.
struct Perturbation {
    Quantization quantization;
    const float *weights;
    const float *current;

    static constexpr int PRODUCTS_WITH_ITSELF = 1;

    struct Block {
        Quantizer quantizer;
        Run<const float> weights;
        Run<const float> current;

        __device__ Four make(int i) const {
            const Four w = weights.load(i);
            const Four c = current.load(i);
            Four d;
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                // Behind the block's end there is nothing; Q(0) would be NaN there if the scale is.
                d.at[j] = i + j < weights.count ? quantizer(w.at[j]) - c.at[j] : 0.0F;
            }
            return d;
        }
    };

    __device__ bool takes(const dhmq_block &block) const { return quantizes(quantization.bits[block.layer]); }

    __device__ Block open(const dhmq_cuda_layout &, const dhmq_block &block) const {
        return {quantization.of(block.layer, block.channel), Run<const float>(weights + block.offset, block.count),
                Run<const float>(current + block.offset, block.count)};
    }
};

__global__ void __launch_bounds__(THREADS)
    block_dots(dhmq_cuda_layout layout, const float *a, const float *b, double *partial) {
    const Warp warp;
    for (int64_t n = warp.first; n < layout.block_count; n += warp.step) {
        const dhmq_block block = layout.blocks[n];
        const Run<const float> left(a + block.offset, block.count);
        const Run<const float> right(b + block.offset, block.count);
        double sum = 0;
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            sum += dot(left.load(i), right.load(i));
        }
        sum = sum_over_warp(sum);
        if (warp.lane == 0) {
            partial[n] = sum;
        }
    }
}

template <typename Source>
int32_t products(const dhmq_cuda_layout *layout, const Source &source, const float *const *vectors, int64_t vector_count, double *out,
                 void *workspace, void *stream) {
    auto *partial = static_cast<double *>(workspace);
    const int32_t status =
        launch_over_blocks(block_products<Source>, layout, stream, source, VectorTable{vectors, true}, vector_count, partial);
    return status != DHMQ_OK ? status
                             : sum_blocks(layout, partial, Source::PRODUCTS_WITH_ITSELF + vector_count, out, stream);
}

inline bool valid_count(int64_t vector_count, int64_t least) {
    return vector_count >= least && vector_count <= DHMQ_MAX_VECTORS;
}

} // namespace dhmq

extern "C" {

int64_t dhmq_cuda_perturbation_products_workspace(const dhmq_cuda_layout *layout, int64_t vector_count) {
    return dhmq::valid_count(vector_count, 0) ? dhmq::bytes_a_block(layout, 1 + vector_count) : -1;
}

int64_t dhmq_cuda_compact_products_workspace(const dhmq_cuda_layout *layout, int64_t vector_count) {
    return dhmq::valid_count(vector_count, 1) ? dhmq::bytes_a_block(layout, vector_count) : -1;
}

int64_t dhmq_cuda_segmented_dot_workspace(const dhmq_cuda_layout *layout) { return dhmq::bytes_a_block(layout, 1); }

int32_t dhmq_cuda_perturbation_products(const dhmq_cuda_layout *layout, const int32_t *bits, const float *weights,
                                        const float *scales, const float *zero_points, const float *current,
                                        const float *const *vectors, int64_t vector_count, double *out, void *workspace,
                                        void *stream) {
    const int64_t bytes = dhmq_cuda_perturbation_products_workspace(layout, vector_count);
    const dhmq::Quantization quantization = {bits, scales, zero_points};
    if (bytes < 0 || !dhmq::usable(quantization) || !dhmq::usable(weights, current, out) ||
        (vector_count > 0 && !dhmq::usable(vectors)) || !dhmq::usable_workspace(workspace, bytes)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    return dhmq::products(layout, dhmq::Perturbation{quantization, weights, current}, vectors, vector_count, out, workspace, stream);
}

int32_t dhmq_cuda_compact_products(const dhmq_cuda_layout *layout, const float *const *vectors, int64_t vector_count,
                                   const float *x, double *out, void *workspace, void *stream) {
    const int64_t bytes = dhmq_cuda_compact_products_workspace(layout, vector_count);
    if (bytes < 0 || !dhmq::usable(vectors) || !dhmq::usable(x) || !dhmq::usable(out) || !dhmq::usable_workspace(workspace, bytes)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    return dhmq::products(layout, dhmq::Plain{x}, vectors, vector_count, out, workspace, stream);
}

int32_t dhmq_cuda_segmented_dot(const dhmq_cuda_layout *layout, const float *a, const float *b, double *out, void *workspace,
                                void *stream) {
    const int64_t bytes = dhmq_cuda_segmented_dot_workspace(layout);
    if (bytes < 0 || !dhmq::usable(a, b) || !dhmq::usable(out) || !dhmq::usable_workspace(workspace, bytes)) {
        return DHMQ_INVALID_ARGUMENT;
    }
    auto *partial = static_cast<double *>(workspace);
    const int32_t status = dhmq::launch_over_blocks(dhmq::block_dots, layout, stream, a, b, partial);
    return status != DHMQ_OK ? status : dhmq::sum_blocks(layout, partial, 1, out, stream);
}

} // extern "C"
