// The two-loop recursion in two passes over its vectors, where the textbook takes 4m.
//
// Nocedal and Wright, Algorithm 7.4, needs two dots for every pair, each with a vector that the step before has just changed:
//     q = g;  for k = m..1:  alpha_k = s_k.q / s_k.y_k,  q -= alpha_k y_k
//     r = H0 q;  for k = 1..m:  beta_k = y_k.r / s_k.y_k,  r += (alpha_k - beta_k) s_k
// Dots are linear, so with all s_i.y_j known beforehand they follow from those with the first vector of each loop:
//     s_k.q = s_k.g - sum over j > k of alpha_j s_k.y_j
//     y_k.r = y_k.H0q + sum over j < k of (alpha_j - beta_j) s_j.y_k
// One pass takes all s_k.g, the next makes r = H0 (g - sum of alpha_k y_k) and, while it is in cache, all y_k.r; the last adds the
// steps where they are not zero. With block-sparse steps that is (m + 2) n floats read or written where the textbook moves 4mn.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

namespace dhmq {
namespace {

/// Elements whose dots with all y_k are taken before the next: the tiles of ten vectors stay in a 256 KiB cache.
constexpr int64_t TILE = 2048;

class TwoLoopRecursion {
  public:
    TwoLoopRecursion(const dhmq_layer *layers, int64_t layer_count, const float *const *steps, const float *const *changes,
                     const double *products, int64_t pairs, const double *inverse_curvature, float *direction)
        : layers(layers), layer_count(layer_count), steps(steps), changes(changes), products(products), pairs(pairs),
          inverse_curvature(inverse_curvature), direction(direction), blocks(cut_into_blocks(layers, layer_count)) {}

    void apply() {
        std::vector<double> alpha = sum_over_blocks([&](const Block &block, double *sums) { dots_with_steps(block, sums); });
        for (int64_t k = pairs - 1; k >= 0; --k) {
            for (int64_t j = k + 1; j < pairs; ++j) {
                alpha[k] -= alpha[j] * product(k, j);
            }
            alpha[k] /= product(k, k);
        }
        const std::vector<double> dots = sum_over_blocks([&](const Block &block, double *sums) { first_loop(block, alpha, sums); });
        std::vector<double> moves(pairs); // beta_k - alpha_k: subtracted, like everything here
        for (int64_t k = 0; k < pairs; ++k) {
            double beta = dots[k];
            for (int64_t j = 0; j < k; ++j) {
                beta -= moves[j] * product(j, k);
            }
            moves[k] = beta / product(k, k) - alpha[k];
        }
        parallel_for(std::ssize(blocks), [&](int64_t i) { second_loop(blocks[i], moves); });
    }

  private:
    const dhmq_layer *layers;
    int64_t layer_count;
    const float *const *steps;
    const float *const *changes;
    const double *products;
    int64_t pairs;
    const double *inverse_curvature;
    float *direction;
    std::vector<Block> blocks;

    /// s_i.y_j.
    double product(int64_t i, int64_t j) const { return products[i * pairs + j]; }

    float *at(const Block &block) const { return direction + layers[block.layer].offset + block.begin; }

    /// A number a pair: action(block, sums) gives each block's, added in the order of the blocks.
    template <typename Action> std::vector<double> sum_over_blocks(const Action &action) const {
        std::vector<double> partial(blocks.size() * static_cast<size_t>(pairs));
        parallel_for(std::ssize(blocks), [&](int64_t i) { action(blocks[i], partial.data() + i * pairs); });
        std::vector<double> sums(pairs);
        for (size_t i = 0; i < blocks.size(); ++i) {
            for (int64_t k = 0; k < pairs; ++k) {
                sums[k] += partial[i * pairs + k];
            }
        }
        return sums;
    }

    void dots_with_steps(const Block &block, double *sums) const {
        for (int64_t k = 0; k < pairs; ++k) {
            const float *step = steps[k * layer_count + block.layer];
            if (step != nullptr) {
                double lanes[LANES] = {};
                kernels().dot(at(block), step + block.begin, block.count, lanes);
                sums[k] = sum_lanes(lanes);
            }
        }
    }

    /// r = H0 (g - sum of alpha_k y_k) for one block, and its dots with all y_k.
    void first_loop(const Block &block, const std::vector<double> &alpha, double *sums) const {
        double lanes[DHMQ_MAX_VECTORS][LANES] = {};
        for (int64_t done = 0; done < block.count; done += TILE) {
            const int64_t count = std::min(TILE, block.count - done);
            const float *near[DHMQ_MAX_VECTORS];
            const int64_t from = layers[block.layer].offset + block.begin + done;
            for (int64_t k = 0; k < pairs; ++k) {
                near[k] = changes[k] + from;
            }
            float *r = direction + from;
            kernels().combine(r, near, alpha.data(), pairs, inverse_curvature[block.layer], count, r);
            for (int64_t k = 0; k < pairs; ++k) {
                kernels().dot(r, near[k], count, lanes[k]);
            }
        }
        for (int64_t k = 0; k < pairs; ++k) {
            sums[k] = sum_lanes(lanes[k]);
        }
    }

    /// r += sum of (alpha_k - beta_k) s_k for one block, of the steps that are not zero there.
    void second_loop(const Block &block, const std::vector<double> &moves) const {
        const float *near[DHMQ_MAX_VECTORS];
        double factors[DHMQ_MAX_VECTORS];
        int64_t count = 0;
        for (int64_t k = 0; k < pairs; ++k) {
            const float *step = steps[k * layer_count + block.layer];
            if (step != nullptr) {
                near[count] = step + block.begin;
                factors[count++] = moves[k];
            }
        }
        if (count > 0) {
            kernels().combine(at(block), near, factors, count, 1, block.count, at(block));
        }
    }
};

/// Unlike steps, a change of the gradient is there in all layers.
bool valid_changes(const float *const *changes, int64_t pairs) {
    return valid_vectors(changes, pairs, 1) && (pairs == 0 || std::find(changes, changes + pairs, nullptr) == changes + pairs);
}

} // namespace
} // namespace dhmq

extern "C" int32_t dhmq_cpu_two_loop_recursion(const dhmq_layer *layers, int64_t layer_count, const float *const *steps,
                                               const float *const *changes, const double *products, int64_t pair_count,
                                               const double *inverse_curvature, float *direction) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && pair_count >= 0 && pair_count <= DHMQ_MAX_VECTORS &&
                       dhmq::valid_vectors(steps, pair_count, layer_count) && dhmq::valid_changes(changes, pair_count) &&
                       dhmq::usable(inverse_curvature, direction) && (pair_count == 0 || dhmq::usable(products));
    return dhmq::guarded(valid, [&] {
        dhmq::TwoLoopRecursion(layers, layer_count, steps, changes, products, pair_count, inverse_curvature, direction).apply();
    });
}
