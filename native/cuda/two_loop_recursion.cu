// The two-loop recursion in two passes over its vectors, where the textbook takes 4m; native/cpu/two_loop.cpp has the algebra. Between
// the passes one thread block turns sums into factors: nothing returns to the host. With block-sparse steps (2m + 4) n floats move:
// the second pass reads the changes twice, for the tiles of all pairs fit into no cache.
#include "products.cuh"
#include "reduce.cuh"

namespace dhmq {

static_assert(DHMQ_MAX_VECTORS <= THREADS, "a thread a pair");

/// r = H0 (g - sum of alpha_k y_k), made and written as it is multiplied with the changes.
struct FirstLoop {
    VectorTable changes;
    const double *alphas;
    int64_t pairs;
    const double *inverse_curvature;
    float *direction;

    static constexpr int PRODUCTS_WITH_ITSELF = 0;

    struct Block {
        const FirstLoop &loop;
        int64_t offset;
        double factor;
        Run<float> direction;

        __device__ Four make(int i) const {
            Four r = direction.load(i);
            double sums[LANE_WIDTH];
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                sums[j] = static_cast<double>(r.at[j]);
            }
#pragma unroll 4
            for (int64_t k = 0; k < loop.pairs; ++k) {
                const Four y = Run<const float>(loop.changes.entries[k] + offset, direction.count).load(i);
#pragma unroll
                for (int j = 0; j < LANE_WIDTH; ++j) {
                    sums[j] -= loop.alphas[k] * static_cast<double>(y.at[j]);
                }
            }
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                r.at[j] = static_cast<float>(sums[j] * factor);
            }
            direction.store(i, r);
            return r;
        }
    };

    __device__ bool takes(const dhmq_block &) const { return true; }

    __device__ Block open(const dhmq_cuda_layout &, const dhmq_block &block) const {
        return {*this, block.offset, inverse_curvature[block.layer], Run<float>(direction + block.offset, block.count)};
    }
};

/// r += sum of (alpha_k - beta_k) s_k, of the steps that are not zero there; `moves` is beta_k - alpha_k.
__global__ void __launch_bounds__(THREADS)
    second_loop(dhmq_cuda_layout layout, VectorTable steps, const double *moves, int64_t pairs, float *direction) {
    const Warp warp;
    for (int64_t b = warp.first; b < layout.block_count; b += warp.step) {
        const dhmq_block block = layout.blocks[b];
        const Run<float> run(direction + block.offset, block.count);
        for (int i = warp.lane * LANE_WIDTH; i < block.count; i += WARP_WIDTH) {
            Four r = run.load(i);
            double sums[LANE_WIDTH];
#pragma unroll
            for (int j = 0; j < LANE_WIDTH; ++j) {
                sums[j] = static_cast<double>(r.at[j]);
            }
            bool moved = false;
            for (int64_t k = 0; k < pairs; ++k) {
                const float *step = steps.at(layout, block, k);
                if (step == nullptr) {
                    continue;
                }
                moved = true;
                const Four s = Run<const float>(step, block.count).load(i);
#pragma unroll
                for (int j = 0; j < LANE_WIDTH; ++j) {
                    sums[j] -= moves[k] * static_cast<double>(s.at[j]);
                }
            }
            if (moved) {
#pragma unroll
                for (int j = 0; j < LANE_WIDTH; ++j) {
                    r.at[j] = static_cast<float>(sums[j]);
                }
                run.store(i, r);
            }
        }
    }
}

/// alpha_k = (s_k.g - sum over j > k of alpha_j s_k.y_j) / s_k.y_k. `dots` has s_k.g of every layer.
__global__ void __launch_bounds__(THREADS)
    first_factors(int64_t layer_count, const double *dots, const double *products, int64_t pairs, double *alphas) {
    const auto mine = static_cast<int64_t>(threadIdx.x);
    double alpha = 0;
    for (int64_t l = 0; mine < pairs && l < layer_count; ++l) {
        alpha += dots[l * pairs + mine];
    }
    for (int64_t k = pairs - 1; k >= 0; --k) {
        if (mine == k) {
            alphas[k] = alpha / products[k * pairs + k];
        }
        __syncthreads();
        if (mine < k) {
            alpha -= alphas[k] * products[mine * pairs + k];
        }
    }
}

/// beta_k = (y_k.r + sum over j < k of (alpha_j - beta_j) s_j.y_k) / s_k.y_k. `dots` has y_k.r of every layer.
__global__ void __launch_bounds__(THREADS) second_factors(int64_t layer_count, const double *dots, const double *products, int64_t pairs,
                                                          const double *alphas, double *moves) {
    const auto mine = static_cast<int64_t>(threadIdx.x);
    double beta = 0;
    for (int64_t l = 0; mine < pairs && l < layer_count; ++l) {
        beta += dots[l * pairs + mine];
    }
    for (int64_t k = 0; k < pairs; ++k) {
        if (mine == k) {
            moves[k] = beta / products[k * pairs + k] - alphas[k];
        }
        __syncthreads();
        if (mine > k && mine < pairs) {
            beta -= moves[k] * products[k * pairs + mine];
        }
    }
}

/// The workspace, in doubles.
struct TwoLoopWorkspace {
    double *alphas;
    double *moves;
    double *dots;    // a row a layer
    double *partial; // a row a block

    TwoLoopWorkspace(void *workspace, int64_t layer_count, int64_t pairs)
        : alphas(static_cast<double *>(workspace)), moves(alphas + pairs), dots(moves + pairs), partial(dots + layer_count * pairs) {}
};

/// dots[l * pairs + k]: the products of the source with the vectors.
template <typename Source>
int32_t sum_products(const dhmq_cuda_layout *layout, const Source &source, VectorTable vectors, int64_t pairs,
                     const TwoLoopWorkspace &workspace, void *stream) {
    const int32_t status = launch_over_blocks(block_products<Source>, layout, stream, source, vectors, pairs, workspace.partial);
    return status != DHMQ_OK ? status : sum_blocks(layout, workspace.partial, pairs, workspace.dots, stream);
}

int32_t two_loop_recursion(const dhmq_cuda_layout *layout, VectorTable steps, VectorTable changes, const double *products,
                           int64_t pairs, const double *inverse_curvature, float *direction, const TwoLoopWorkspace &workspace,
                           void *stream) {
    int32_t status = sum_products(layout, Plain{direction}, steps, pairs, workspace, stream);
    if (status == DHMQ_OK) {
        status = launch(first_factors, 1, 1, stream, layout->layer_count, workspace.dots, products, pairs, workspace.alphas);
    }
    if (status == DHMQ_OK) {
        const FirstLoop first_loop = {changes, workspace.alphas, pairs, inverse_curvature, direction};
        status = sum_products(layout, first_loop, changes, pairs, workspace, stream);
    }
    if (status == DHMQ_OK) {
        status = launch(second_factors, 1, 1, stream, layout->layer_count, workspace.dots, products, pairs, workspace.alphas,
                        workspace.moves);
    }
    return status != DHMQ_OK ? status
                             : launch_over_blocks(second_loop, layout, stream, steps, workspace.moves, pairs, direction);
}

} // namespace dhmq

extern "C" {

int64_t dhmq_cuda_two_loop_recursion_workspace(const dhmq_cuda_layout *layout, int64_t pair_count) {
    if (pair_count < 0 || pair_count > DHMQ_MAX_VECTORS) {
        return -1;
    }
    const int64_t blocks = dhmq::bytes_a_block(layout, pair_count);
    return blocks < 0 ? -1 : blocks + (2 + layout->layer_count) * pair_count * static_cast<int64_t>(sizeof(double));
}

int32_t dhmq_cuda_two_loop_recursion(const dhmq_cuda_layout *layout, const float *const *steps, const float *const *changes,
                                     const double *products, int64_t pair_count, const double *inverse_curvature, float *direction,
                                     void *workspace, void *stream) {
    const int64_t bytes = dhmq_cuda_two_loop_recursion_workspace(layout, pair_count);
    if (bytes < 0 || !dhmq::usable(inverse_curvature) || !dhmq::usable(direction) || !dhmq::usable_workspace(workspace, bytes) ||
        (pair_count > 0 && (!dhmq::usable(steps, changes) || !dhmq::usable(products)))) {
        return DHMQ_INVALID_ARGUMENT;
    }
    if (pair_count == 0) {
        return dhmq_cuda_scale_layers(layout, inverse_curvature, direction, stream);
    }
    return dhmq::two_loop_recursion(layout, {steps, true}, {changes, false}, products, pair_count, inverse_curvature, direction,
                                    dhmq::TwoLoopWorkspace(workspace, layout->layer_count, pair_count), stream);
}

} // extern "C"
