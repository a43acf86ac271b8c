// Dots, axpy and scaling.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

#include <cstring>

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

/// One memcpy a thread: the longer the run, the better it knows what to do about the caches.
void copy(int64_t length, const float *from, float *to) {
    const int64_t runs = length < BLOCKS_WORTH_THREADS * BLOCK ? 1 : max_threads();
    const int64_t run = (length + runs - 1) / runs;
    parallel_for(runs, [&](int64_t i) {
        const int64_t begin = std::min(i * run, length);
        std::memcpy(to + begin, from + begin, sizeof(float) * static_cast<uint64_t>(std::min(run, length - begin)));
    }, runs);
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

} // namespace
} // namespace dhmq

extern "C" {

int32_t dhmq_cpu_segmented_dot(const dhmq_layer *layers, int64_t layer_count, const float *a, const float *b, double *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::usable(a, b, out);
    return dhmq::guarded(valid, [&] { dhmq::segmented_dot(layers, layer_count, a, b, out); });
}

int32_t dhmq_cpu_copy(int64_t length, const float *from, float *to) {
    const dhmq_layer all = {0, 1, length, 0};
    const bool valid = length == 0 || (length > 0 && dhmq::usable(from, to) && !dhmq::Reach(&all, 1).overlap(to, from));
    return dhmq::guarded(valid, [&] { dhmq::copy(length, from, to); });
}

int32_t dhmq_cpu_axpy(int64_t length, float alpha, const float *x, float *y) {
    const bool valid = length >= 0 && dhmq::usable(x, y);
    return dhmq::guarded(valid, [&] { dhmq::axpy(length, alpha, x, y); });
}

int32_t dhmq_cpu_scale_layers(const dhmq_layer *layers, int64_t layer_count, const double *factors, float *x) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::usable(factors, x);
    return dhmq::guarded(valid, [&] { dhmq::scale_layers(layers, layer_count, factors, x); });
}

} // extern "C"
