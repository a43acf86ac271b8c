// Products, layer by layer, with many vectors in one pass: of the perturbation D = Q(w) - current, and of a vector.
#include "arguments.h"
#include "blocks.h"
#include "runtime.h"

namespace dhmq {
namespace {

/// Elements multiplied with one vector before the next one's turn: 16 KiB stay in the first-level cache.
constexpr int64_t TILE = 4096;

/// A table of vectors, a row a vector and a column a layer; null where a vector is zero.
struct VectorTable {
    const float *const *vectors;
    int64_t count;
    int64_t layer_count;

    const float *of(int64_t vector, int64_t layer) const { return vectors[vector * layer_count + layer]; }

    /// lanes[k] += x . v_k for a run of one layer.
    void multiply(const float *x, int64_t layer, int64_t begin, int64_t length, double (*lanes)[LANES]) const {
        for (int64_t k = 0; k < count; ++k) {
            const float *vector = of(k, layer);
            if (vector != nullptr) {
                kernels().dot(x, vector + begin, length, lanes[k]);
            }
        }
    }
};

/// Sums over every block, `each` numbers of them, then over the blocks of a layer in order. multiply(block, lanes) adds a block's.
template <typename Multiply>
void sum_by_layer(const dhmq_layer *layers, int64_t layer_count, int64_t each, double *out, const Multiply &multiply) {
    const std::vector<Block> blocks = cut_into_blocks(layers, layer_count);
    std::vector<double> partial(blocks.size() * static_cast<size_t>(each));
    parallel_for(std::ssize(blocks), [&](int64_t i) {
        double lanes[1 + DHMQ_MAX_VECTORS][LANES] = {};
        multiply(blocks[i], lanes);
        for (int64_t k = 0; k < each; ++k) {
            partial[i * each + k] = sum_lanes(lanes[k]);
        }
    });
    std::fill_n(out, layer_count * each, 0.0);
    for (size_t i = 0; i < blocks.size(); ++i) {
        for (int64_t k = 0; k < each; ++k) {
            out[blocks[i].layer * each + k] += partial[i * each + k];
        }
    }
}

/// D for a run of a layer's weights.
void perturbation(const NetworkQuantization &network, const float *weights, const float *current, const Block &run, float *d) {
    const dhmq_layer &layer = network.layers[run.layer];
    for_each_channel(layer, run.begin, run.count, [&](int64_t channel, int64_t begin, int64_t count) {
        const int64_t from = layer.offset + begin;
        kernels().perturbation(weights + from, current + from, network.of(run.layer, channel), count, d + (begin - run.begin));
    });
}

void perturbation_products(const NetworkQuantization &network, int64_t layer_count, const float *weights, const float *current,
                           const VectorTable &vectors, double *out) {
    sum_by_layer(network.layers, layer_count, 1 + vectors.count, out, [&](const Block &block, double (*lanes)[LANES]) {
        alignas(64) float d[TILE];
        for (int64_t done = 0; done < block.count && !network.skips(block.layer); done += TILE) {
            const Block tile = {block.layer, block.begin + done, std::min(TILE, block.count - done)};
            perturbation(network, weights, current, tile, d);
            kernels().dot(d, d, tile.count, lanes[0]);
            vectors.multiply(d, tile.layer, tile.begin, tile.count, lanes + 1);
        }
    });
}

void compact_products(const dhmq_layer *layers, int64_t layer_count, const VectorTable &vectors, const float *x, double *out) {
    sum_by_layer(layers, layer_count, vectors.count, out, [&](const Block &block, double (*lanes)[LANES]) {
        for (int64_t done = 0; done < block.count; done += TILE) {
            const int64_t begin = block.begin + done;
            vectors.multiply(x + layers[block.layer].offset + begin, block.layer, begin, std::min(TILE, block.count - done), lanes);
        }
    });
}

} // namespace
} // namespace dhmq

extern "C" {

int32_t dhmq_cpu_perturbation_products(const dhmq_layer *layers, int64_t layer_count, const int32_t *bits,
                                       const float *weights, const float *scales, const float *zero_points, const float *current,
                                       const float *const *vectors, int64_t vector_count, double *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::valid_bits(bits, layer_count) &&
                       dhmq::usable(weights, scales, current, out) && vector_count <= DHMQ_MAX_VECTORS &&
                       dhmq::valid_zero_points(layers, layer_count, bits, zero_points) &&
                       dhmq::valid_vectors(vectors, vector_count, layer_count);
    return dhmq::guarded(valid, [&] {
        dhmq::perturbation_products({layers, bits, scales, zero_points}, layer_count, weights, current,
                                    {vectors, vector_count, layer_count}, out);
    });
}

int32_t dhmq_cpu_compact_products(const dhmq_layer *layers, int64_t layer_count, const float *const *vectors, int64_t vector_count,
                                  const float *x, double *out) {
    const bool valid = dhmq::valid_layers(layers, layer_count) && dhmq::usable(x, out) && vector_count >= 1 &&
                       vector_count <= DHMQ_MAX_VECTORS && dhmq::valid_vectors(vectors, vector_count, layer_count);
    return dhmq::guarded(valid, [&] {
        dhmq::compact_products(layers, layer_count, {vectors, vector_count, layer_count}, x, out);
    });
}

} // extern "C"
