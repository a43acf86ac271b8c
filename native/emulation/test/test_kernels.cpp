// The CUDA kernels, emulated, beside the CPU's.
#include "network.h"

#include <memory>


namespace {

using namespace dhmq_test;

template <typename T> bool same_bytes(const std::vector<T> &a, const std::vector<T> &b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

bool same_values(const std::vector<float> &a, const std::vector<float> &b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) { return same_value(x, y); });
}

/// The two sides add the same terms in another order: a few units in the last place of a double, of the sum of magnitudes.
bool close(double a, double b, double magnitudes) { return same_value(a, b) || std::abs(a - b) <= 1e-13 * magnitudes; }

void fake_quantize() {
    for (bool affine : {false, true}) {
        const Network n(true);
        const DeviceArray<float> weights(n.weights), scales(n.scales), zero_points(n.zero_points), out(n.weights);
        std::vector<float> expected = n.weights;
        CHECK(dhmq_cpu_fake_quantize(n.layers.data(), std::ssize(n.layers), n.bits.data(), n.weights.data(), n.scales.data(),
                                     affine ? n.zero_points.data() : nullptr, expected.data()) == DHMQ_OK);
        CHECK(dhmq_cuda_fake_quantize(n.layout.get(), n.device_bits.get(), weights.get(), scales.get(),
                                      affine ? zero_points.get() : nullptr, out.get(), nullptr) == DHMQ_OK);
        CHECK(same_values(out.read(), expected));
    }
}

void fake_quantize_backward() {
    for (bool affine : {false, true}) {
        const Network n(true);
        const std::vector<float> gradients = normal(std::ssize(n.weights), 2);
        std::vector<float> expected = gradients;
        std::vector<float> expected_scales(n.scales.size(), -1);
        const float *z = affine ? n.zero_points.data() : nullptr;
        CHECK(dhmq_cpu_fake_quantize_backward(n.layers.data(), std::ssize(n.layers), n.bits.data(), n.weights.data(), n.scales.data(), z,
                                              gradients.data(), expected.data(), expected_scales.data()) == DHMQ_OK);
        const DeviceArray<float> weights(n.weights), scales(n.scales), zero_points(n.zero_points), in_and_out(gradients),
            scale_gradients(std::vector<float>(n.scales.size(), -1));
        const DeviceArray<char> workspace(dhmq_cuda_fake_quantize_backward_workspace(n.layout.get()));
        CHECK(dhmq_cuda_fake_quantize_backward(n.layout.get(), n.device_bits.get(), weights.get(), scales.get(),
                                               affine ? zero_points.get() : nullptr, in_and_out.get(), in_and_out.get(),
                                               scale_gradients.get(), workspace.get(), nullptr) == DHMQ_OK);
        CHECK(same_values(in_and_out.read(), expected));
        const std::vector<float> sums = scale_gradients.read();
        for (size_t c = 0; c < sums.size(); ++c) {
            // Rounded to float once: neighbours at most, for terms of at most 256 each.
            CHECK(same_value(sums[c], expected_scales[c]) || std::abs(sums[c] - expected_scales[c]) <= 1e-5F * std::abs(expected_scales[c]) + 1e-6F);
        }
    }
}

void search_scales() {
    const std::vector<float> ratios = {0.4F, 0.5F, 0.55F, 0.6F, 0.65F, 0.7F, 0.75F, 0.8F, 0.85F, 0.9F, 0.95F, 1, 1.05F, 1.1F, 1.15F, 1.2F, 0.3F};
    for (bool affine : {false, true}) {
        Network n(false);
        n.weights[static_cast<size_t>(n.layers[4].offset)] = std::numeric_limits<float>::infinity();
        n.weights[static_cast<size_t>(n.layers[7].offset) + 2000] = std::numeric_limits<float>::quiet_NaN();
        std::fill_n(n.weights.begin() + n.layers[5].offset, 128, 0.0F);
        std::vector<float> expected(n.scales.size(), -1), expected_zeros(n.scales.size(), -1);
        CHECK(dhmq_cpu_search_scales(n.layers.data(), std::ssize(n.layers), n.bits.data(), n.weights.data(), ratios.data(),
                                     std::ssize(ratios), expected.data(), affine ? expected_zeros.data() : nullptr) == DHMQ_OK);
        const DeviceArray<float> weights(n.weights), device_ratios(ratios), scales(std::vector<float>(n.scales.size(), -1)),
            zero_points(std::vector<float>(n.scales.size(), -1));
        const DeviceArray<char> workspace(dhmq_cuda_search_scales_workspace(n.layout.get(), std::ssize(ratios)));
        CHECK(dhmq_cuda_search_scales(n.layout.get(), n.device_bits.get(), weights.get(), device_ratios.get(), std::ssize(ratios),
                                      scales.get(), affine ? zero_points.get() : nullptr, workspace.get(), nullptr) == DHMQ_OK);
        CHECK(same_values(scales.read(), expected));
        CHECK(same_values(zero_points.read(), expected_zeros));
    }
}

void packing() {
    for (bool affine : {false, true}) {
        const Network n(false);
        std::vector<int64_t> offsets;
        int64_t bytes = 0;
        for (size_t l = 0; l < n.layers.size(); ++l) {
            offsets.push_back(bytes);
            bytes += (n.layers[l].channels * n.layers[l].channel_size * n.bits[l] + 7) / 8;
        }
        const float *z = affine ? n.zero_points.data() : nullptr;
        std::vector<uint8_t> expected(static_cast<size_t>(bytes));
        CHECK(dhmq_cpu_pack(n.layers.data(), std::ssize(n.layers), n.bits.data(), n.weights.data(), n.scales.data(), z, offsets.data(),
                            expected.data()) == DHMQ_OK);
        std::vector<float> expected_weights(n.weights.size(), -1);
        CHECK(dhmq_cpu_unpack(n.layers.data(), std::ssize(n.layers), n.bits.data(), expected.data(), offsets.data(), n.scales.data(), z,
                              expected_weights.data()) == DHMQ_OK);

        const DeviceArray<float> weights(n.weights), scales(n.scales), zero_points(n.zero_points),
            out(std::vector<float>(n.weights.size(), -1));
        const DeviceArray<int64_t> device_offsets(offsets);
        const DeviceArray<uint8_t> packed(bytes);
        const DeviceArray<int32_t> not_finite(1);
        const float *device_z = affine ? zero_points.get() : nullptr;
        CHECK(dhmq_cuda_pack(n.layout.get(), n.device_bits.get(), weights.get(), scales.get(), device_z, device_offsets.get(),
                             packed.get(), not_finite.get(), nullptr) == DHMQ_OK);
        CHECK(same_bytes(packed.read(), expected));
        CHECK(not_finite.read()[0] == 0);
        CHECK(dhmq_cuda_unpack(n.layout.get(), n.device_bits.get(), packed.get(), device_offsets.get(), scales.get(), device_z, out.get(),
                               nullptr) == DHMQ_OK);
        CHECK(same_bytes(out.read(), expected_weights));

        std::vector<float> with_nan = n.weights;
        with_nan.back() = std::numeric_limits<float>::quiet_NaN();
        const DeviceArray<float> unpackable(with_nan);
        CHECK(dhmq_cuda_pack(n.layout.get(), n.device_bits.get(), unpackable.get(), scales.get(), device_z, device_offsets.get(),
                             packed.get(), not_finite.get(), nullptr) == DHMQ_OK);
        CHECK(not_finite.read()[0] == 1);
    }
}

/// Vectors of which some are zero in some layers, as tables on both sides.
struct Vectors {
    std::vector<std::vector<float>> values;
    std::vector<std::unique_ptr<DeviceArray<float>>> device_values;
    std::vector<const float *> host_table;
    std::vector<const float *> device_table;

    Vectors(const Network &n, int count, bool sparse) {
        for (int k = 0; k < count; ++k) {
            values.push_back(normal(std::ssize(n.weights), 10 + static_cast<unsigned>(k)));
            device_values.push_back(std::make_unique<DeviceArray<float>>(values.back()));
            for (size_t l = 0; l < n.layers.size(); ++l) {
                const bool absent = sparse && (l + static_cast<size_t>(k)) % 3 == 0;
                host_table.push_back(absent ? nullptr : values.back().data() + n.layers[l].offset);
                device_table.push_back(absent ? nullptr : device_values.back()->get() + n.layers[l].offset);
            }
        }
    }
};

bool all_close(const std::vector<double> &a, const std::vector<double> &b, double magnitudes) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [=](double x, double y) { return close(x, y, magnitudes); });
}

void products() {
    constexpr int VECTORS = 5;
    const Network n(false);
    const std::vector<float> current = normal(std::ssize(n.weights), 3);
    const Vectors vectors(n, VECTORS, true);
    const DeviceArray<float> weights(n.weights), scales(n.scales), device_current(current);
    const DeviceArray<const float *> table(vectors.device_table);
    // 20,000 products of normal numbers: their magnitudes add up to less.
    constexpr double MAGNITUDES = 5e4;
    {
        std::vector<double> expected(n.layers.size() * (1 + VECTORS));
        CHECK(dhmq_cpu_perturbation_products(n.layers.data(), std::ssize(n.layers), n.bits.data(), n.weights.data(), n.scales.data(),
                                             nullptr, current.data(), vectors.host_table.data(), VECTORS, expected.data()) == DHMQ_OK);
        const DeviceArray<double> out(std::ssize(expected));
        const DeviceArray<char> workspace(dhmq_cuda_perturbation_products_workspace(n.layout.get(), VECTORS));
        CHECK(dhmq_cuda_perturbation_products(n.layout.get(), n.device_bits.get(), weights.get(), scales.get(), nullptr,
                                              device_current.get(), table.get(), VECTORS, out.get(), workspace.get(),
                                              nullptr) == DHMQ_OK);
        CHECK(all_close(out.read(), expected, MAGNITUDES));
    }
    {
        std::vector<double> expected(n.layers.size() * VECTORS);
        CHECK(dhmq_cpu_compact_products(n.layers.data(), std::ssize(n.layers), vectors.host_table.data(), VECTORS, current.data(),
                                        expected.data()) == DHMQ_OK);
        const DeviceArray<double> out(std::ssize(expected));
        const DeviceArray<char> workspace(dhmq_cuda_compact_products_workspace(n.layout.get(), VECTORS));
        CHECK(dhmq_cuda_compact_products(n.layout.get(), table.get(), VECTORS, device_current.get(), out.get(), workspace.get(),
                                         nullptr) == DHMQ_OK);
        CHECK(all_close(out.read(), expected, MAGNITUDES));
    }
    {
        std::vector<double> expected(n.layers.size());
        CHECK(dhmq_cpu_segmented_dot(n.layers.data(), std::ssize(n.layers), n.weights.data(), current.data(), expected.data()) == DHMQ_OK);
        const DeviceArray<double> out(std::ssize(expected));
        const DeviceArray<char> workspace(dhmq_cuda_segmented_dot_workspace(n.layout.get()));
        CHECK(dhmq_cuda_segmented_dot(n.layout.get(), weights.get(), device_current.get(), out.get(), workspace.get(), nullptr) == DHMQ_OK);
        CHECK(all_close(out.read(), expected, MAGNITUDES));
    }
}

void vectors() {
    const Network n(true);
    const std::vector<float> x = normal(std::ssize(n.weights), 4);
    std::vector<float> expected = n.weights;
    CHECK(dhmq_cpu_axpy(std::ssize(x), 0.3F, x.data(), expected.data()) == DHMQ_OK);
    const DeviceArray<float> device_x(x), y(n.weights);
    CHECK(dhmq_cuda_axpy(std::ssize(x), 0.3F, device_x.get(), y.get(), nullptr) == DHMQ_OK);
    CHECK(same_values(y.read(), expected));

    std::vector<double> factors;
    for (size_t l = 0; l < n.layers.size(); ++l) {
        factors.push_back(1.0 / static_cast<double>(l + 3));
    }
    const DeviceArray<double> device_factors(factors);
    CHECK(dhmq_cpu_scale_layers(n.layers.data(), std::ssize(n.layers), factors.data(), expected.data()) == DHMQ_OK);
    CHECK(dhmq_cuda_scale_layers(n.layout.get(), device_factors.get(), y.get(), nullptr) == DHMQ_OK);
    CHECK(same_values(y.read(), expected));
}

void rademacher() {
    for (int64_t length : {1, 31, 128, 4095, 20011}) {
        std::vector<float> expected(static_cast<size_t>(length));
        CHECK(dhmq_cpu_fill_rademacher(42, 7, length, expected.data()) == DHMQ_OK);
        const DeviceArray<float> out(length);
        CHECK(dhmq_cuda_fill_rademacher(42, 7, length, out.get(), nullptr) == DHMQ_OK);
        CHECK(same_bytes(out.read(), expected));
    }
}

void two_loop_recursion() {
    for (int pairs : {0, 1, 4}) {
        for (bool sparse : {false, true}) {
            const Network n(false);
            const Vectors steps(n, pairs, sparse);
            std::vector<std::vector<float>> changes;
            std::vector<std::unique_ptr<DeviceArray<float>>> device_changes;
            std::vector<const float *> host_table, device_table;
            std::vector<double> products(static_cast<size_t>(pairs * pairs));
            for (int k = 0; k < pairs; ++k) {
                changes.push_back(normal(std::ssize(n.weights), 50 + static_cast<unsigned>(k)));
                device_changes.push_back(std::make_unique<DeviceArray<float>>(changes.back()));
                device_table.push_back(device_changes.back()->get());
                for (int j = 0; j < pairs; ++j) {
                    products[static_cast<size_t>(k * pairs + j)] = k == j ? 9e4 : 100.0 * (k - j);
                }
            }
            for (const std::vector<float> &change : changes) {
                host_table.push_back(change.data());
            }
            const std::vector<double> inverse_curvature(n.layers.size(), 0.7);
            std::vector<float> expected = n.weights;
            CHECK(dhmq_cpu_two_loop_recursion(n.layers.data(), std::ssize(n.layers), steps.host_table.data(), host_table.data(),
                                              products.data(), pairs, inverse_curvature.data(), expected.data()) == DHMQ_OK);
            const DeviceArray<const float *> step_table(steps.device_table), change_table(device_table);
            const DeviceArray<double> device_products(products), device_inverse(inverse_curvature);
            const DeviceArray<float> direction(n.weights);
            const DeviceArray<char> workspace(dhmq_cuda_two_loop_recursion_workspace(n.layout.get(), pairs));
            CHECK(dhmq_cuda_two_loop_recursion(n.layout.get(), step_table.get(), change_table.get(), device_products.get(), pairs,
                                               device_inverse.get(), direction.get(), workspace.get(), nullptr) == DHMQ_OK);
            const std::vector<float> found = direction.read();
            for (size_t i = 0; i < found.size(); ++i) {
                // Two roundings to float on either side.
                CHECK(std::abs(found[i] - expected[i]) <= 4e-7F * (1 + std::abs(expected[i])));
            }
        }
    }
}

/// Layers that begin past 2^31 weights; the arrays are moved back by as much, so that none needs to be that long.
void far_layers() {
    constexpr int64_t FAR = (int64_t{1} << 32) + 4;
    const Network n(false);
    std::vector<dhmq_layer> layers = n.layers;
    for (dhmq_layer &layer : layers) {
        layer.offset += FAR;
    }
    const DeviceLayout layout(layers);
    const DeviceArray<float> weights(n.weights), scales(n.scales), near(n.weights), far(n.weights);
    const auto move = [](float *data) { return reinterpret_cast<float *>(reinterpret_cast<uintptr_t>(data) - sizeof(float) * FAR); };
    CHECK(dhmq_cuda_fake_quantize(n.layout.get(), n.device_bits.get(), weights.get(), scales.get(), nullptr, near.get(), nullptr) == DHMQ_OK);
    CHECK(dhmq_cuda_fake_quantize(layout.get(), n.device_bits.get(), move(weights.get()), scales.get(), nullptr, move(far.get()),
                                  nullptr) == DHMQ_OK);
    CHECK(same_bytes(far.read(), near.read()));
    const DeviceArray<double> near_dots(std::ssize(layers)), far_dots(std::ssize(layers));
    const DeviceArray<char> workspace(dhmq_cuda_segmented_dot_workspace(layout.get()));
    CHECK(dhmq_cuda_segmented_dot(n.layout.get(), weights.get(), near.get(), near_dots.get(), workspace.get(), nullptr) == DHMQ_OK);
    CHECK(dhmq_cuda_segmented_dot(layout.get(), move(weights.get()), move(far.get()), far_dots.get(), workspace.get(), nullptr) == DHMQ_OK);
    CHECK(same_bytes(far_dots.read(), near_dots.read()));
}

void refusals() {
    const Network n(false);
    const DeviceArray<float> x(n.weights), scales(n.scales);
    const DeviceArray<double> out(std::ssize(n.layers));
    const dhmq_cuda_layout *layout = n.layout.get();
    const int32_t *bits = n.device_bits.get();
    auto *odd = reinterpret_cast<float *>(reinterpret_cast<char *>(x.get()) + 1);
    CHECK(dhmq_cuda_fake_quantize(nullptr, bits, x.get(), scales.get(), nullptr, x.get(), nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_fake_quantize(layout, nullptr, x.get(), scales.get(), nullptr, x.get(), nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_fake_quantize(layout, bits, nullptr, scales.get(), nullptr, x.get(), nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_fake_quantize(layout, bits, odd, scales.get(), nullptr, x.get(), nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_fake_quantize(layout, bits, x.get(), scales.get(), odd, x.get(), nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_segmented_dot(layout, x.get(), x.get(), out.get(), nullptr, nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_segmented_dot(layout, x.get(), x.get(), out.get(), reinterpret_cast<char *>(out.get()) + 8, nullptr) ==
          DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_axpy(-1, 1, x.get(), x.get(), nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cuda_axpy(0, 1, x.get(), x.get(), nullptr) == DHMQ_OK);
    CHECK(dhmq_cuda_perturbation_products_workspace(layout, DHMQ_MAX_VECTORS + 1) == -1);
    CHECK(dhmq_cuda_compact_products_workspace(layout, 0) == -1);
    CHECK(dhmq_cuda_two_loop_recursion_workspace(layout, -1) == -1);
    CHECK(dhmq_cuda_search_scales_workspace(layout, 0) == -1);
    const dhmq_layer upside_down = {0, 1, -5, 0};
    CHECK(dhmq_cuda_count_blocks(&upside_down, 1) == -1);
    CHECK(dhmq_cuda_count_blocks(nullptr, 0) == 0);

    dhmq_emulation_fail("cudaLaunchKernelExC", 0, cudaErrorMemoryAllocation, 0);
    CHECK(dhmq_cuda_axpy(8, 1, x.get(), x.get(), nullptr) == DHMQ_CUDA_ERROR + cudaErrorMemoryAllocation);
    CHECK(dhmq_cuda_axpy(8, 1, x.get(), x.get(), nullptr) == DHMQ_OK);
}

} // namespace

int main() {
    // The thread sanitizer knows nothing of OpenMP's.
    CHECK(dhmq_set_threads(1) == DHMQ_OK);
    in_every_schedule("fake quantize", fake_quantize);
    in_every_schedule("fake quantize backward", fake_quantize_backward);
    in_every_schedule("search scales", search_scales);
    in_every_schedule("packing", packing);
    in_every_schedule("products", products);
    in_every_schedule("vectors", vectors);
    in_every_schedule("rademacher", rademacher);
    in_every_schedule("two-loop recursion", two_loop_recursion);
    in_every_schedule("far layers", far_layers);
    in_every_schedule("refusals", refusals);
    return finish();
}
