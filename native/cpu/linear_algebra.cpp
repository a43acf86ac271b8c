// Dots, axpy, scaling and the two-loop recursion.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

#include <algorithm>

namespace dhmq {
namespace {

void segmented_dot(const dhmq_layer *layers, int64_t layer_count, const float *a, const float *b, double *out) {
    const std::vector<Block> blocks = cut_into_blocks(layers, layer_count);
    std::vector<double> partial(blocks.size());
    parallel_for(std::ssize(blocks), [&](int64_t i) {
        const int64_t from = layers[blocks[i].layer].offset + blocks[i].begin;
        double lanes[LANES] = {};
        kernels().dot(a + from, b + from, blocks[i].count, lanes);
        partial[i] = sum_lanes(lanes);
    });
    std::fill_n(out, layer_count, 0.0);
    for (size_t i = 0; i < blocks.size(); ++i) {
        out[blocks[i].layer] += partial[i];
    }
}

void axpy(int64_t length, float alpha, const float *x, float *y) {
    const int64_t blocks = (length + BLOCK - 1) / BLOCK;
    parallel_for(blocks, [&](int64_t i) {
        const int64_t from = i * BLOCK;
        kernels().axpy(alpha, x + from, std::min(BLOCK, length - from), y + from);
    });
}

void scale_layers(const dhmq_layer *layers, int64_t layer_count, const double *factors, float *x) {
    const std::vector<Block> blocks = cut_into_blocks(layers, layer_count);
    parallel_for(std::ssize(blocks), [&](int64_t i) {
        const Block &block = blocks[i];
        kernels().scale(factors[block.layer], block.count, x + layers[block.layer].offset + block.begin);
    });
}

/// The two-loop recursion. Each pass moves the direction and, while a block of it is in cache, takes the dot products that the next
/// pass needs: 2m + 1 passes in place of 4m + 1.
class TwoLoopRecursion {
  public:
    TwoLoopRecursion(const dhmq_layer *layers, int64_t layer_count, const double *inverse_curvature, float *direction)
        : layers(layers), inverse_curvature(inverse_curvature), direction(direction),
          blocks(cut_into_blocks(layers, layer_count)), partial(2 * blocks.size()) {}

    void apply(const float *const *s, const float *const *y, int64_t pairs) {
        std::vector<double> curvature(pairs);
        std::vector<double> alpha(pairs);
        for (int64_t k = pairs; k >= 1; --k) {
            const Dots dots = pass(k < pairs ? y[k] : nullptr, k < pairs ? -alpha[k] : 0, false, s[k - 1], y[k - 1]);
            curvature[k - 1] = dots.second;
            alpha[k - 1] = dots.first / dots.second;
        }
        double gamma = pairs > 0 ? -alpha[0] : 0;
        const float *move = pairs > 0 ? y[0] : nullptr;
        for (int64_t k = 0; k < pairs; ++k) {
            const double beta = pass(move, gamma, k == 0, y[k], nullptr).first / curvature[k];
            gamma = alpha[k] - beta;
            move = s[k];
        }
        pass(move, gamma, pairs == 0, nullptr, nullptr);
    }

  private:
    struct Dots {
        double first;
        double second;
    };

    const dhmq_layer *layers;
    const double *inverse_curvature;
    float *direction;
    std::vector<Block> blocks;
    std::vector<double> partial;

    /// direction += gamma * move, then direction *= H0 where asked for; returns (direction . other, other . third). Null vectors
    /// leave their part out.
    Dots pass(const float *move, double gamma, bool scale, const float *other, const float *third) {
        parallel_for(std::ssize(blocks), [&](int64_t i) {
            const Block &block = blocks[i];
            const int64_t from = layers[block.layer].offset + block.begin;
            float *d = direction + from;
            if (move != nullptr) {
                kernels().axpy(static_cast<float>(gamma), move + from, block.count, d);
            }
            if (scale) {
                kernels().scale(inverse_curvature[block.layer], block.count, d);
            }
            partial[2 * i] = other == nullptr ? 0 : dot(d, other + from, block.count);
            partial[2 * i + 1] = third == nullptr ? 0 : dot(other + from, third + from, block.count);
        });
        Dots dots = {0, 0};
        for (size_t i = 0; i < blocks.size(); ++i) {
            dots.first += partial[2 * i];
            dots.second += partial[2 * i + 1];
        }
        return dots;
    }

    static double dot(const float *a, const float *b, int64_t count) {
        double lanes[LANES] = {};
        kernels().dot(a, b, count, lanes);
        return sum_lanes(lanes);
    }
};

} // namespace
} // namespace dhmq

extern "C" {

int32_t dhmq_cpu_segmented_dot(const dhmq_layer *layers, int64_t layer_count, const float *a, const float *b, double *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::none_null(a, b, out);
    return dhmq::guarded(valid, [&] { dhmq::segmented_dot(layers, layer_count, a, b, out); });
}

int32_t dhmq_cpu_axpy(int64_t length, float alpha, const float *x, float *y) {
    const bool valid = length >= 0 && dhmq::none_null(x, y);
    return dhmq::guarded(valid, [&] { dhmq::axpy(length, alpha, x, y); });
}

int32_t dhmq_cpu_scale_layers(const dhmq_layer *layers, int64_t layer_count, const double *factors, float *x) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::none_null(factors, x);
    return dhmq::guarded(valid, [&] { dhmq::scale_layers(layers, layer_count, factors, x); });
}

int32_t dhmq_cpu_two_loop_recursion(const dhmq_layer *layers, int64_t layer_count, const float *const *s,
                                    const float *const *y, int64_t pair_count, const double *inverse_curvature,
                                    float *direction) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_vectors(s, pair_count) &&
                       dhmq::valid_vectors(y, pair_count) && dhmq::none_null(inverse_curvature, direction);
    return dhmq::guarded(valid, [&] {
        dhmq::TwoLoopRecursion(layers, layer_count, inverse_curvature, direction).apply(s, y, pair_count);
    });
}

} // extern "C"
