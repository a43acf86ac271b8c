// Products of one vector with many, block by block. What the vector is, its Source says.
#pragma once

#include "warp.cuh"

namespace dhmq {

/// Vectors as a call is given them: a row of pointers each, one for every layer, or one pointer to the whole.
struct VectorTable {
    const float *const *entries;
    bool by_layer;

    /// The block's part of vector k; null where the vector is zero in its layer.
    __device__ const float *at(const dhmq_cuda_layout &layout, const dhmq_block &block, int64_t k) const {
        if (!by_layer) {
            return entries[k] + block.offset;
        }
        const float *layer = entries[k * layout.layer_count + block.layer];
        return layer == nullptr ? nullptr : layer + (block.offset - layout.layers[block.layer].offset);
    }
};

/// What a lane holds of a tile: sixteen floats in registers, multiplied with every vector in turn, so that every array is read once.
inline constexpr int TILE_LOADS = 4;
inline constexpr int TILE = TILE_LOADS * WARP_WIDTH;

/// x as it lies in memory.
struct Plain {
    const float *x;

    /// 1 for a Source whose product with itself is wanted too, before the others.
    static constexpr int PRODUCTS_WITH_ITSELF = 0;

    struct Block {
        Run<const float> x;

        __device__ Four make(int i) const { return x.load(i); }
    };

    __device__ bool takes(const dhmq_block &) const { return true; }

    __device__ Block open(const dhmq_cuda_layout &, const dhmq_block &block) const {
        return {Run<const float>(x + block.offset, block.count)};
    }
};

/// partial[b * each + k], for each of block b's products. `make` is called once for every four elements.
template <typename Source>
__global__ void __launch_bounds__(THREADS)
    block_products(dhmq_cuda_layout layout, Source source, VectorTable vectors, int64_t vector_count, double *partial) {
    // A row a warp. Lane 0 adds to it; all lanes clear it and write it out, 32 numbers at a time.
    __shared__ double sums_of_warps[WARPS][Source::PRODUCTS_WITH_ITSELF + DHMQ_MAX_VECTORS];
    const Warp warp;
    double *sums = sums_of_warps[threadIdx.x / WARP];
    const int each = Source::PRODUCTS_WITH_ITSELF + static_cast<int>(vector_count);
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        for (int k = warp.lane; k < each; k += WARP) {
            sums[k] = 0;
        }
        __syncwarp();
        const dhmq_block block = layout.blocks[b];
        if (source.takes(block)) {
            const auto opened = source.open(layout, block);
            for (int begin = 0; begin < block.count; begin += TILE) {
                const int i = begin + warp.lane * LANE_WIDTH;
                Four x[TILE_LOADS];
                double own = 0;
#pragma unroll
                for (int j = 0; j < TILE_LOADS; ++j) {
                    x[j] = opened.make(i + j * WARP_WIDTH);
                    own += dot(x[j], x[j]);
                }
                if (Source::PRODUCTS_WITH_ITSELF > 0) {
                    own = sum_over_warp(own);
                    if (warp.lane == 0) {
                        sums[0] += own;
                    }
                }
                for (int k = 0; k < vector_count; ++k) {
                    const float *vector = vectors.at(layout, block, k);
                    if (vector == nullptr) {
                        continue;
                    }
                    const Run<const float> run(vector, block.count);
                    double product = 0;
#pragma unroll
                    for (int j = 0; j < TILE_LOADS; ++j) {
                        product += dot(x[j], run.load(i + j * WARP_WIDTH));
                    }
                    product = sum_over_warp(product);
                    if (warp.lane == 0) {
                        sums[Source::PRODUCTS_WITH_ITSELF + k] += product;
                    }
                }
            }
        }
        __syncwarp();
        for (int k = warp.lane; k < each; k += WARP) {
            partial[b * each + k] = sums[k];
        }
        __syncwarp();
    }
}

} // namespace dhmq
