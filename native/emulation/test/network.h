// A network's layers on the host and on the device, and inputs for the kernels.
#pragma once

#include "../../test/inputs.h"
#include "device.h"
#include "dhmq_cuda.h"

namespace dhmq_test {

/// Channels shorter than a load, than a warp's width, than a tile, and longer than a block of work.
inline std::vector<dhmq_layer> small_odd_layers() {
    const std::vector<std::pair<int64_t, int64_t>> shapes = {{1, 1}, {3, 2}, {5, 7}, {2, 33}, {3, 127}, {4, 128}, {2, 515}, {3, 2048}, {2, 4099}};
    std::vector<dhmq_layer> layers;
    int64_t offset = 0;
    int64_t channel = 0;
    for (const auto &[channels, channel_size] : shapes) {
        layers.push_back({offset, channels, channel_size, channel});
        offset += channels * channel_size;
        channel += channels;
    }
    return layers;
}

/// The layers' tables on the device.
class DeviceLayout {
  public:
    explicit DeviceLayout(const std::vector<dhmq_layer> &of)
        : host_blocks(cut(of)), layers(of), blocks(host_blocks.first), first_blocks(host_blocks.second),
          layout{layers.get(), blocks.get(), first_blocks.get(), std::ssize(of), std::ssize(host_blocks.first)} {}

    const dhmq_cuda_layout *get() const { return &layout; }

  private:
    std::pair<std::vector<dhmq_block>, std::vector<int64_t>> host_blocks;
    DeviceArray<dhmq_layer> layers;
    DeviceArray<dhmq_block> blocks;
    DeviceArray<int64_t> first_blocks;
    dhmq_cuda_layout layout;

    static std::pair<std::vector<dhmq_block>, std::vector<int64_t>> cut(const std::vector<dhmq_layer> &layers) {
        const int64_t count = dhmq_cuda_count_blocks(layers.data(), std::ssize(layers));
        CHECK(count > 0);
        std::pair<std::vector<dhmq_block>, std::vector<int64_t>> tables(count, layers.size() + 1);
        CHECK(dhmq_cuda_cut_blocks(layers.data(), std::ssize(layers), tables.first.data(), tables.second.data()) == DHMQ_OK);
        return tables;
    }
};

/// What the kernels are given, on both sides. Channel 0 has a scale of 0, channel 1 a NaN, and there are a few special weights.
struct Network {
    std::vector<dhmq_layer> layers = small_odd_layers();
    std::vector<int32_t> bits = mixed_bits(layers.size());
    std::vector<float> weights = normal(weights_of(layers), 1);
    std::vector<float> scales;
    std::vector<float> zero_points;
    DeviceLayout layout{layers};
    DeviceArray<int32_t> device_bits{bits};

    explicit Network(bool special) {
        for (size_t l = 0; l < layers.size(); ++l) {
            for (int64_t c = 0; c < layers[l].channels; ++c) {
                scales.push_back(0.05F + 0.01F * static_cast<float>(c));
                zero_points.push_back(static_cast<float>(bits[l] == DHMQ_SKIP ? 0 : (c + 1) % (1 << bits[l])));
            }
        }
        if (special) {
            scales[0] = 0;
            scales[5] = std::numeric_limits<float>::quiet_NaN();
            const std::vector<float> worst = extremes();
            for (size_t i = 0; i < worst.size(); ++i) {
                weights[100 + 37 * i] = worst[i];
            }
        }
    }
};

} // namespace dhmq_test
