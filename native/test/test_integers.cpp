// Affine quantization, gradients through the quantizer and packing, against the plainest code that computes them.
#include "check.h"
#include "guarded.h"
#include "inputs.h"

#include <algorithm>

using namespace dhmq_test;

namespace {

constexpr unsigned SEED = 20260201;

/// One channel's quantization as the header has it.
struct Quantizer {
    float scale;
    float zero_point;
    float lowest;
    float highest;

    float rounded(float w) const { return static_cast<float>(std::nearbyint(static_cast<double>(w / scale))) + zero_point; }

    float integer(float w) const {
        float q = scale == 0 ? zero_point : rounded(w);
        q = q < lowest ? lowest : q;
        return q > highest ? highest : q;
    }

    float operator()(float w) const { return scale == 0 ? 0 : scale * (integer(w) - zero_point); }

    bool in_range(float w) const { return rounded(w) >= lowest && rounded(w) <= highest; }
};

/// A network of odd layers with everything that quantizes it.
struct Network {
    std::vector<dhmq_layer> layers = odd_layers();
    std::vector<int32_t> bits = mixed_bits(layers.size());
    std::vector<float> scales = normal(channels_of(layers), SEED + 1, 0.1F);
    std::vector<float> zero_points;
    Guarded<float> weights{normal(weights_of(layers), SEED)};

    explicit Network(bool affine) {
        std::transform(scales.begin(), scales.end(), scales.begin(), [](float scale) { return std::abs(scale) + 0.01F; });
        scales[5] = 0;
        if (!affine) {
            return;
        }
        for (size_t l = 0; l < layers.size(); ++l) {
            for (int64_t c = 0; c < layers[l].channels; ++c) {
                zero_points.push_back(static_cast<float>((3 * c + 1) % (bits[l] == DHMQ_SKIP ? 4 : 1 << bits[l])));
            }
        }
    }

    const float *zeros() const { return zero_points.empty() ? nullptr : zero_points.data(); }

    int64_t count() const { return std::ssize(layers); }

    Quantizer quantizer(size_t l, int64_t i) const {
        const size_t channel = static_cast<size_t>(layers[l].first_channel + i / layers[l].channel_size);
        const float half = static_cast<float>(1 << (bits[l] - 1));
        return zero_points.empty() ? Quantizer{scales[channel], 0, -half, half - 1}
                                   : Quantizer{scales[channel], zero_points[channel], 0, 2 * half - 1};
    }

    /// Calls action(layer, index in the layer, index in the vector) for the weights that are not skipped.
    template <typename Action> void for_each_weight(Action action) const {
        for (size_t l = 0; l < layers.size(); ++l) {
            for (int64_t i = 0; bits[l] != DHMQ_SKIP && i < layers[l].channels * layers[l].channel_size; ++i) {
                action(l, i, layers[l].offset + i);
            }
        }
    }

    std::vector<int64_t> byte_offsets() const {
        std::vector<int64_t> offsets;
        int64_t bytes = 0;
        for (size_t l = 0; l < layers.size(); ++l) {
            offsets.push_back(bytes);
            bytes += (layers[l].channels * layers[l].channel_size * bits[l] + 7) / 8;
        }
        offsets.push_back(bytes);
        return offsets;
    }
};

void fake_quantize_equals_the_oracle() {
    const Network network(true);
    Guarded<float> out(std::vector<float>(network.weights.size(), -77.0F));
    CHECK(dhmq_cpu_fake_quantize(network.layers.data(), network.count(), network.bits.data(), network.weights.data(),
                                 network.scales.data(), network.zeros(), out.data()) == DHMQ_OK);
    network.for_each_weight([&](size_t l, int64_t i, int64_t at) {
        CHECK(same_value(out[at], network.quantizer(l, i)(network.weights[at])));
    });
}

void backward_equals_the_oracle(bool affine, std::vector<float> &first) {
    const Network network(affine);
    const Guarded<float> gradients(normal(weights_of(network.layers), SEED + 2));
    Guarded<float> out(std::vector<float>(network.weights.size(), -77.0F));
    Guarded<float> scale_gradients(std::vector<float>(network.scales.size(), -77.0F));
    CHECK(dhmq_cpu_fake_quantize_backward(network.layers.data(), network.count(), network.bits.data(), network.weights.data(),
                                          network.scales.data(), network.zeros(), gradients.data(), out.data(),
                                          scale_gradients.data()) == DHMQ_OK);
    std::vector<double> sums(network.scales.size());
    network.for_each_weight([&](size_t l, int64_t i, int64_t at) {
        const Quantizer q = network.quantizer(l, i);
        const float w = network.weights[at];
        const bool pass = q.scale == 0 || q.in_range(w);
        CHECK(same_value(out[at], pass ? gradients[at] : 0.0F));
        const float slope = q.scale == 0 ? 0 : pass ? q.integer(w) - q.zero_point - w / q.scale : q.integer(w) - q.zero_point;
        sums[network.layers[l].first_channel + i / network.layers[l].channel_size] += static_cast<double>(slope) * gradients[at];
    });
    for (size_t l = 0; l < network.layers.size(); ++l) {
        for (int64_t c = 0; c < network.layers[l].channels; ++c) {
            const size_t channel = static_cast<size_t>(network.layers[l].first_channel + c);
            // Sums of up to 20,000 terms of at most some hundreds, rounded once to float.
            const double wanted = network.bits[l] == DHMQ_SKIP ? -77 : sums[channel];
            CHECK(std::abs(scale_gradients[channel] - wanted) <= std::abs(wanted) * 0x1p-23 + 1e-8);
        }
    }
    const std::vector<float> found(scale_gradients.data(), scale_gradients.data() + scale_gradients.size());
    if (first.empty()) {
        first = found;
    }
    CHECK(std::memcmp(first.data(), found.data(), found.size() * sizeof(float)) == 0);
}

void backward_of_extremes() {
    const std::vector<float> values = extremes();
    const std::vector<float> ones(values.size(), 1.0F);
    const dhmq_layer layer = {0, 1, std::ssize(values), 0};
    const int32_t bits = 4;
    for (float scale : values) {
        const Guarded<float> w(values);
        Guarded<float> gradients(ones);
        CHECK(dhmq_cpu_fake_quantize_backward(&layer, 1, &bits, w.data(), &scale, nullptr, gradients.data(), gradients.data(),
                                              nullptr) == DHMQ_OK);
        const Quantizer q = {scale, 0, -8, 7};
        for (size_t i = 0; i < values.size(); ++i) {
            CHECK(same_value(gradients[i], scale == 0 || q.in_range(values[i]) ? 1.0F : 0.0F));
        }
    }
}

void packing_equals_the_oracle_and_comes_back(bool affine) {
    const Network network(affine);
    const std::vector<int64_t> offsets = network.byte_offsets();
    Guarded<uint8_t> packed(std::vector<uint8_t>(static_cast<size_t>(offsets.back()), 0xAA));
    CHECK(dhmq_cpu_pack(network.layers.data(), network.count(), network.bits.data(), network.weights.data(), network.scales.data(),
                        network.zeros(), offsets.data(), packed.data()) == DHMQ_OK);
    std::vector<uint8_t> wanted(packed.size());
    network.for_each_weight([&](size_t l, int64_t i, int64_t at) {
        const int32_t q = static_cast<int32_t>(network.quantizer(l, i).integer(network.weights[at]));
        for (int32_t bit = 0; bit < network.bits[l]; ++bit) {
            const int64_t place = 8 * offsets[l] + i * network.bits[l] + bit;
            wanted[static_cast<size_t>(place / 8)] |= static_cast<uint8_t>((q >> bit & 1) << (place % 8));
        }
    });
    CHECK(std::memcmp(packed.data(), wanted.data(), wanted.size()) == 0);

    std::vector<float> quantized(network.weights.size(), -77.0F);
    Guarded<float> unpacked(quantized);
    dhmq_cpu_fake_quantize(network.layers.data(), network.count(), network.bits.data(), network.weights.data(),
                           network.scales.data(), network.zeros(), quantized.data());
    CHECK(dhmq_cpu_unpack(network.layers.data(), network.count(), network.bits.data(), packed.data(), offsets.data(),
                          network.scales.data(), network.zeros(), unpacked.data()) == DHMQ_OK);
    CHECK(std::memcmp(unpacked.data(), quantized.data(), quantized.size() * sizeof(float)) == 0);
}

void packing_refuses_nan() {
    const dhmq_layer layer = {0, 1, 19, 0};
    std::vector<float> weights(19, 1.0F);
    weights[18] = NAN;
    const float scale = 0.5F;
    const float nan = NAN;
    const int32_t bits = 3;
    const int64_t offset = 0;
    uint8_t packed[8];
    CHECK(dhmq_cpu_pack(&layer, 1, &bits, weights.data(), &scale, nullptr, &offset, packed) == DHMQ_NOT_FINITE);
    weights[18] = INFINITY; // clamped like any large weight
    CHECK(dhmq_cpu_pack(&layer, 1, &bits, weights.data(), &scale, nullptr, &offset, packed) == DHMQ_OK);
    CHECK(dhmq_cpu_pack(&layer, 1, &bits, weights.data(), &nan, nullptr, &offset, packed) == DHMQ_NOT_FINITE);
}

/// By hand: -1 to 2 over 3 bits is a step of 3/7, and -(-1) / (3/7) = 2.33 rounds to a zero point of 2.
void affine_scale_search_by_hand() {
    const std::vector<dhmq_layer> layers = {{0, 3, 4, 0}};
    const std::vector<float> weights = {-1, 0, 1, 2, 3, 3, 3, 3, 0, 0, 0, 0};
    const float ratio = 1;
    const int32_t bits = 3;
    Guarded<float> scales(std::vector<float>(3, -77.0F));
    Guarded<float> zero_points(std::vector<float>(3, -77.0F));
    CHECK(dhmq_cpu_search_scales(layers.data(), 1, &bits, weights.data(), &ratio, 1, scales.data(), zero_points.data()) == DHMQ_OK);
    CHECK(std::abs(scales[0] - 3.0F / 7) < 1e-7F);
    CHECK(zero_points[0] == 2);
    CHECK(std::abs(scales[1] - 3.0F / 7) < 1e-7F); // the range always holds 0
    CHECK(zero_points[1] == 0);
    CHECK(scales[2] == 0 && zero_points[2] == 0);
}

void what_cannot_be_is_refused() {
    const dhmq_layer layer = {0, 1, 8, 0};
    const int32_t bits = 4;
    const float scale = 1;
    std::vector<float> w(17, 1.0F);
    for (float zero_point : {-1.0F, 16.0F, 0.5F, NAN, INFINITY}) {
        CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, w.data(), &scale, &zero_point, w.data()) == DHMQ_INVALID_ARGUMENT);
    }
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, w.data(), &scale, nullptr, w.data() + 1) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, w.data(), &scale, nullptr, w.data() + 8) == DHMQ_OK);
    const float *misaligned = reinterpret_cast<const float *>(reinterpret_cast<const char *>(w.data()) + 2);
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, misaligned, &scale, nullptr, w.data() + 9) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize_backward(&layer, 1, &bits, w.data(), &scale, nullptr, w.data() + 8, w.data(), nullptr) ==
          DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_copy(8, w.data(), w.data() + 4) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_copy(-1, w.data(), w.data() + 9) == DHMQ_INVALID_ARGUMENT);
    const int64_t offset = -1;
    uint8_t packed[8];
    CHECK(dhmq_cpu_pack(&layer, 1, &bits, w.data(), &scale, nullptr, &offset, packed) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_unpack(&layer, 1, &bits, packed, nullptr, &scale, nullptr, w.data()) == DHMQ_INVALID_ARGUMENT);
}

} // namespace

int main() {
    std::vector<float> scale_gradients[2];
    on_every_tier("affine", fake_quantize_equals_the_oracle);
    on_every_tier("backward, symmetric", [&] { backward_equals_the_oracle(false, scale_gradients[0]); });
    on_every_tier("backward, affine", [&] { backward_equals_the_oracle(true, scale_gradients[1]); });
    on_every_tier("backward of extremes", backward_of_extremes);
    on_every_tier("packing, symmetric", [] { packing_equals_the_oracle_and_comes_back(false); });
    on_every_tier("packing, affine", [] { packing_equals_the_oracle_and_comes_back(true); });
    on_every_tier("packing NaN", packing_refuses_nan);
    on_every_tier("affine scale search", affine_scale_search_by_hand);
    what_cannot_be_is_refused();
    return finish();
}
