// Scale search, fake quantization and perturbation products against the plainest code that computes them.
#include "check.h"
#include "guarded.h"
#include "inputs.h"

#include <algorithm>

using namespace dhmq_test;

namespace {

constexpr unsigned SEED = 20260101;

float quantize(float w, float scale, int32_t bits) {
    if (scale == 0) {
        return 0;
    }
    float q = static_cast<float>(std::nearbyint(static_cast<double>(w / scale)));
    const float lowest = -static_cast<float>(1 << (bits - 1));
    const float highest = static_cast<float>((1 << (bits - 1)) - 1);
    q = q < lowest ? lowest : q;
    q = q > highest ? highest : q;
    return scale * (q + 0.0F); // no integer is a negative zero
}

/// The squared error of a channel, summed as plainly as can be.
double squared_error(const float *w, int64_t count, float scale, int32_t bits) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        const float difference = quantize(w[i], scale, bits) - w[i];
        sum += static_cast<double>(difference) * difference;
    }
    return sum;
}

std::vector<float> positive_scales(int64_t channels) {
    std::vector<float> scales = normal(channels, SEED + 1, 0.1F);
    for (float &scale : scales) {
        scale = std::abs(scale) + 0.01F;
    }
    return scales;
}

void fake_quantize_equals_the_oracle() {
    const std::vector<dhmq_layer> layers = odd_layers();
    const std::vector<int32_t> bits = mixed_bits(layers.size());
    const Guarded<float> weights(normal(weights_of(layers), SEED));
    std::vector<float> scale_values = positive_scales(channels_of(layers));
    scale_values[5] = 0; // a channel of zeros
    const Guarded<float> scales(scale_values);
    Guarded<float> out(std::vector<float>(weights.size(), -77.0F));
    CHECK(dhmq_cpu_fake_quantize(layers.data(), std::ssize(layers), bits.data(), weights.data(), scales.data(), nullptr,
                                 out.data()) == DHMQ_OK);
    for (size_t l = 0; l < layers.size(); ++l) {
        const dhmq_layer &layer = layers[l];
        for (int64_t i = 0; i < layer.channels * layer.channel_size; ++i) {
            const int64_t at = layer.offset + i;
            const float scale = scales[layer.first_channel + i / layer.channel_size];
            const float wanted = bits[l] == DHMQ_SKIP ? -77.0F : quantize(weights[at], scale, bits[l]);
            CHECK(same_value(out[at], wanted));
        }
    }
}

void fake_quantize_works_in_place() {
    const std::vector<dhmq_layer> layers = odd_layers();
    const std::vector<int32_t> bits(layers.size(), 3);
    const std::vector<float> scales = positive_scales(channels_of(layers));
    const Guarded<float> weights(normal(weights_of(layers), SEED));
    Guarded<float> in_place(std::vector<float>(weights.data(), weights.data() + weights.size()));
    std::vector<float> out(weights.size());
    dhmq_cpu_fake_quantize(layers.data(), std::ssize(layers), bits.data(), weights.data(), scales.data(), nullptr, out.data());
    dhmq_cpu_fake_quantize(layers.data(), std::ssize(layers), bits.data(), in_place.data(), scales.data(), nullptr,
                           in_place.data());
    CHECK(std::memcmp(in_place.data(), out.data(), out.size() * sizeof(float)) == 0);
}

/// Every extreme weight under every extreme scale, at every place of a vector register and in its tail.
void extremes_quantize_as_the_oracle() {
    const std::vector<float> values = extremes();
    for (int32_t bits = 2; bits <= 8; ++bits) {
        for (float scale : values) {
            std::vector<float> weights;
            for (size_t i = 0; i < 2 * values.size() + 1; ++i) {
                weights.push_back(values[i % values.size()]);
            }
            const dhmq_layer layer = {0, 1, std::ssize(weights), 0};
            const Guarded<float> w(weights);
            Guarded<float> out(weights);
            CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, w.data(), &scale, nullptr, out.data()) == DHMQ_OK);
            for (size_t i = 0; i < weights.size(); ++i) {
                CHECK(same_value(out[i], quantize(weights[i], scale, bits)));
            }
        }
    }
}

void every_tail_stays_inside_its_array() {
    for (int64_t count = 1; count <= 70; ++count) {
        const dhmq_layer layer = {0, 1, count, 0};
        const Guarded<float> w(normal(count, SEED + static_cast<unsigned>(count)));
        const Guarded<float> current(normal(count, SEED));
        Guarded<float> out(std::vector<float>(static_cast<size_t>(count)));
        Guarded<float> scale({0.25F});
        const int32_t bits = 4;
        const float ratio = 1;
        double products[2];
        const float *vectors[1] = {current.data()};
        CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, w.data(), scale.data(), nullptr, out.data()) == DHMQ_OK);
        CHECK(dhmq_cpu_perturbation_products(&layer, 1, &bits, w.data(), scale.data(), nullptr, current.data(), vectors, 1,
                                             products) ==
              DHMQ_OK);
        CHECK(dhmq_cpu_search_scales(&layer, 1, &bits, w.data(), &ratio, 1, scale.data(), nullptr) == DHMQ_OK);
        float largest = 0;
        for (int64_t i = 0; i < count; ++i) {
            largest = std::max(largest, std::abs(w[i]));
            CHECK(same_value(out[i], quantize(w[i], 0.25F, bits)));
        }
        CHECK(scale[0] == largest / 8);
    }
}

std::vector<double> products_of(const std::vector<dhmq_layer> &layers, const std::vector<int32_t> &bits,
                                const Guarded<float> &weights, const std::vector<float> &scales, const Guarded<float> &current,
                                const std::vector<const float *> &vectors) {
    std::vector<double> out(layers.size() * (1 + vectors.size()), -77);
    CHECK(dhmq_cpu_perturbation_products(layers.data(), std::ssize(layers), bits.data(), weights.data(), scales.data(), nullptr,
                                         current.data(), table(layers, vectors).data(), std::ssize(vectors), out.data()) == DHMQ_OK);
    return out;
}

void perturbation_products_equal_the_oracle(int64_t vector_count, std::vector<double> &first) {
    const std::vector<dhmq_layer> layers = odd_layers();
    const std::vector<int32_t> bits = mixed_bits(layers.size());
    const Guarded<float> weights(normal(weights_of(layers), SEED));
    const Guarded<float> current(normal(weights_of(layers), SEED + 2));
    const Guarded<float> vector(normal(weights_of(layers), SEED + 3));
    std::vector<float> scales = positive_scales(channels_of(layers));
    scales[5] = 0;
    // One vector at every other place, so that 64 of them need no memory; weights in between.
    std::vector<const float *> vectors;
    for (int64_t k = 0; k < vector_count; ++k) {
        vectors.push_back(k % 2 == 0 ? vector.data() : weights.data());
    }
    const std::vector<double> out = products_of(layers, bits, weights, scales, current, vectors);
    const size_t each = 1 + vectors.size();
    for (size_t l = 0; l < layers.size(); ++l) {
        const dhmq_layer &layer = layers[l];
        for (size_t k = 0; k < each; ++k) {
            double sum = 0;
            double magnitude = 0;
            for (int64_t i = 0; bits[l] != DHMQ_SKIP && i < layer.channels * layer.channel_size; ++i) {
                const int64_t at = layer.offset + i;
                const float d = quantize(weights[at], scales[layer.first_channel + i / layer.channel_size], bits[l]) - current[at];
                const double product = static_cast<double>(d) * (k == 0 ? d : vectors[k - 1][at]);
                sum += product;
                magnitude += std::abs(product);
            }
            // Both add n doubles, in different orders: each rounding is within 2^-53 of the sum of magnitudes.
            const double tolerance = magnitude * static_cast<double>(layer.channels * layer.channel_size) * 0x1p-52;
            CHECK(std::abs(out[l * each + k] - sum) <= tolerance);
        }
    }
    if (first.empty()) {
        first = out;
    }
    CHECK(std::memcmp(first.data(), out.data(), out.size() * sizeof(double)) == 0);
}

void a_nan_reaches_its_own_layer_only() {
    const std::vector<dhmq_layer> layers = {{0, 2, 20, 0}, {40, 1, 20, 2}};
    const std::vector<int32_t> bits = {4, 4};
    std::vector<float> values = normal(60, SEED);
    values[39] = NAN; // the last weight, in a tail
    const Guarded<float> weights(values);
    const Guarded<float> current(normal(60, SEED));
    const std::vector<double> out = products_of(layers, bits, weights, {1, 1, 1}, current, {current.data()});
    CHECK(std::isnan(out[0]) && std::isnan(out[1]));
    CHECK(std::isfinite(out[2]) && std::isfinite(out[3]));
}

std::vector<float> ratio_grid(int count) {
    std::vector<float> ratios;
    for (int r = 0; r < count; ++r) {
        ratios.push_back(1.2F - static_cast<float>(r) / static_cast<float>(count));
    }
    return ratios;
}

/// The kernel adds errors partly in float, to within 2^-17 of their sum, so two ratios may be level: the scale found must be one of
/// those tried, and as good as the best to within that.
void search_scales_finds_the_least_error(int ratio_count, std::vector<float> &first) {
    const std::vector<dhmq_layer> layers = odd_layers();
    const std::vector<int32_t> bits = mixed_bits(layers.size());
    const Guarded<float> weights(normal(weights_of(layers), SEED));
    const Guarded<float> ratios(ratio_grid(ratio_count));
    Guarded<float> scales(std::vector<float>(static_cast<size_t>(channels_of(layers)), -77.0F));
    CHECK(dhmq_cpu_search_scales(layers.data(), std::ssize(layers), bits.data(), weights.data(), ratios.data(),
                                 std::ssize(ratios), scales.data(), nullptr) == DHMQ_OK);
    std::vector<float> found(scales.data(), scales.data() + scales.size());
    if (!first.empty()) {
        CHECK(found == first);
        return;
    }
    first = found;
    for (size_t l = 0; l < layers.size(); ++l) {
        const dhmq_layer &layer = layers[l];
        for (int64_t c = 0; c < layer.channels; ++c) {
            const float scale = found[layer.first_channel + c];
            if (bits[l] == DHMQ_SKIP) {
                CHECK(scale == -77.0F);
                continue;
            }
            const float *w = weights.data() + layer.offset + c * layer.channel_size;
            float largest = 0;
            for (int64_t i = 0; i < layer.channel_size; ++i) {
                largest = std::max(largest, std::abs(w[i]));
            }
            bool tried = false;
            double least = INFINITY;
            for (size_t r = 0; r < ratios.size(); ++r) {
                const float candidate = largest / static_cast<float>(1 << (bits[l] - 1)) * ratios[r];
                tried = tried || candidate == scale;
                least = std::min(least, squared_error(w, layer.channel_size, candidate, bits[l]));
            }
            CHECK(tried);
            CHECK(squared_error(w, layer.channel_size, scale, bits[l]) <= least * (1 + 0x1p-16));
        }
    }
}

void search_scales_keeps_the_first_of_equals() {
    const dhmq_layer layer = {0, 1, 4, 0};
    const float weights[4] = {-2, 1, 0, -1};
    const float ratios[3] = {1, 1, 0.5F}; // both first ones have no error at all
    const int32_t bits = 2;
    float scale = 0;
    CHECK(dhmq_cpu_search_scales(&layer, 1, &bits, weights, ratios, 3, &scale, nullptr) == DHMQ_OK);
    CHECK(scale == 1);
}

void search_scales_of_extreme_channels() {
    const std::vector<dhmq_layer> layers = {{0, 5, 19, 0}};
    std::vector<float> values(5 * 19, 0.0F);
    values[18] = NAN;
    values[19 + 3] = 1;
    values[19 + 17] = -INFINITY;
    // channel 2 stays zero
    values[3 * 19 + 18] = -std::numeric_limits<float>::denorm_min();
    values[4 * 19] = std::numeric_limits<float>::max();
    const Guarded<float> weights(values);
    const float ratios[2] = {1, 0.5F};
    const int32_t bits = 3;
    Guarded<float> scales(std::vector<float>(5, -77.0F));
    CHECK(dhmq_cpu_search_scales(layers.data(), 1, &bits, weights.data(), ratios, 2, scales.data(), nullptr) == DHMQ_OK);
    CHECK(std::isnan(scales[0]));
    CHECK(std::isnan(scales[1]));
    CHECK(same_value(scales[2], 0));
    CHECK(same_value(scales[3], 0)); // a quarter of the least float is none
    CHECK(scales[4] == std::numeric_limits<float>::max() / 4);
}

} // namespace

/// Layers that begin past 2^31 weights; the arrays are moved back by as much, so that none needs to be that long.
void layers_past_two_to_the_31() {
    constexpr int64_t FAR = (int64_t{1} << 32) + 4;
    const std::vector<dhmq_layer> layers = odd_layers();
    std::vector<dhmq_layer> far_layers = layers;
    for (dhmq_layer &layer : far_layers) {
        layer.offset += FAR;
    }
    const std::vector<int32_t> bits = mixed_bits(layers.size());
    const std::vector<float> weights = normal(weights_of(layers), 21);
    const std::vector<float> scales(static_cast<size_t>(channels_of(layers)), 0.1F);
    std::vector<float> near = weights;
    std::vector<float> far = weights;
    const auto moved = [](const float *data) {
        return reinterpret_cast<float *>(reinterpret_cast<uintptr_t>(data) - sizeof(float) * FAR);
    };
    const auto count = std::ssize(layers);
    CHECK(dhmq_cpu_fake_quantize(layers.data(), count, bits.data(), weights.data(), scales.data(), nullptr, near.data()) == DHMQ_OK);
    CHECK(dhmq_cpu_fake_quantize(far_layers.data(), count, bits.data(), moved(weights.data()), scales.data(), nullptr, moved(far.data())) ==
          DHMQ_OK);
    CHECK(far == near);
    std::vector<double> near_dots(layers.size());
    std::vector<double> far_dots(layers.size());
    CHECK(dhmq_cpu_segmented_dot(layers.data(), count, weights.data(), near.data(), near_dots.data()) == DHMQ_OK);
    CHECK(dhmq_cpu_segmented_dot(far_layers.data(), count, moved(weights.data()), moved(far.data()), far_dots.data()) == DHMQ_OK);
    CHECK(far_dots == near_dots);
}

int main() {
    std::vector<double> products[4];
    std::vector<float> scales[2];
    on_every_tier("fake quantize", fake_quantize_equals_the_oracle);
    on_every_tier("fake quantize in place", fake_quantize_works_in_place);
    on_every_tier("extremes", extremes_quantize_as_the_oracle);
    on_every_tier("tails", every_tail_stays_inside_its_array);
    on_every_tier("products with no vector", [&] { perturbation_products_equal_the_oracle(0, products[0]); });
    on_every_tier("products with 1 vector", [&] { perturbation_products_equal_the_oracle(1, products[1]); });
    on_every_tier("products with 64 vectors", [&] { perturbation_products_equal_the_oracle(DHMQ_MAX_VECTORS, products[3]); });
    on_every_tier("a NaN's reach", a_nan_reaches_its_own_layer_only);
    on_every_tier("scale search, 20 ratios", [&] { search_scales_finds_the_least_error(20, scales[0]); });
    on_every_tier("scale search, 131 ratios", [&] { search_scales_finds_the_least_error(131, scales[1]); });
    on_every_tier("first of equals", search_scales_keeps_the_first_of_equals);
    on_every_tier("extreme channels", search_scales_of_extreme_channels);
    on_every_tier("layers past 2^31 weights", layers_past_two_to_the_31);
    return finish();
}
