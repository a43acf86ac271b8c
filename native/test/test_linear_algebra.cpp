// Dots, axpy, scaling and the two-loop recursion against the plainest code that computes them.
#include "check.h"
#include "guarded.h"
#include "inputs.h"

#include <algorithm>

using namespace dhmq_test;

namespace {

constexpr unsigned SEED = 20260102;

void segmented_dot_equals_the_oracle(std::vector<double> &first) {
    const std::vector<dhmq_layer> layers = odd_layers();
    const Guarded<float> a(normal(weights_of(layers), SEED));
    const Guarded<float> b(normal(weights_of(layers), SEED + 1));
    std::vector<double> out(layers.size(), -77);
    CHECK(dhmq_cpu_segmented_dot(layers.data(), std::ssize(layers), a.data(), b.data(), out.data()) == DHMQ_OK);
    for (size_t l = 0; l < layers.size(); ++l) {
        double sum = 0;
        double magnitude = 0;
        const int64_t size = layers[l].channels * layers[l].channel_size;
        for (int64_t i = layers[l].offset; i < layers[l].offset + size; ++i) {
            sum += static_cast<double>(a[i]) * b[i];
            magnitude += std::abs(static_cast<double>(a[i]) * b[i]);
        }
        // Both add n doubles, in different orders: each rounding is within 2^-53 of the sum of magnitudes.
        CHECK(std::abs(out[l] - sum) <= magnitude * static_cast<double>(size) * 0x1p-52);
    }
    if (first.empty()) {
        first = out;
    }
    CHECK(std::memcmp(first.data(), out.data(), out.size() * sizeof(double)) == 0);
}

/// Squares of the largest and the smallest floats are exact in double: no overflow, no underflow.
void dot_of_extremes() {
    const dhmq_layer layers[4] = {{0, 1, 19, 0}, {19, 1, 19, 1}, {38, 1, 19, 2}, {57, 1, 19, 3}};
    std::vector<float> values(4 * 19, 0.0F);
    values[18] = std::numeric_limits<float>::max();
    values[19] = std::numeric_limits<float>::denorm_min();
    values[38 + 18] = INFINITY;
    values[57 + 17] = NAN;
    const Guarded<float> x(values);
    double out[4];
    CHECK(dhmq_cpu_segmented_dot(layers, 4, x.data(), x.data(), out) == DHMQ_OK);
    CHECK(out[0] == static_cast<double>(std::numeric_limits<float>::max()) * std::numeric_limits<float>::max());
    CHECK(out[1] == 0x1p-298);
    CHECK(out[2] == INFINITY);
    CHECK(std::isnan(out[3]));
}

void axpy_equals_the_oracle() {
    for (int64_t count : {0, 1, 15, 16, 17, 31, 33, 16383, 16384, 16385, 100003}) {
        const Guarded<float> x(normal(count, SEED));
        const std::vector<float> before = normal(count, SEED + 1);
        Guarded<float> y(before);
        CHECK(dhmq_cpu_axpy(count, -0.3F, x.data(), y.data()) == DHMQ_OK);
        for (int64_t i = 0; i < count; ++i) {
            const float product = -0.3F * x[i];
            CHECK(same_value(y[i], before[static_cast<size_t>(i)] + product));
        }
    }
}

void axpy_of_extremes() {
    const std::vector<float> values = extremes();
    for (float alpha : values) {
        for (float addend : values) {
            const Guarded<float> x(values);
            Guarded<float> y(std::vector<float>(values.size(), addend));
            CHECK(dhmq_cpu_axpy(std::ssize(values), alpha, x.data(), y.data()) == DHMQ_OK);
            for (size_t i = 0; i < values.size(); ++i) {
                const float product = alpha * values[i];
                CHECK(same_value(y[i], addend + product));
            }
        }
    }
}

void scale_layers_equals_the_oracle() {
    const std::vector<dhmq_layer> layers = odd_layers();
    std::vector<double> factors;
    for (size_t l = 0; l < layers.size(); ++l) {
        factors.push_back(l == 4 ? 0 : 1.0 / (3.0 + static_cast<double>(l)) - 0.1);
    }
    const std::vector<float> before = normal(weights_of(layers), SEED);
    Guarded<float> x(before);
    CHECK(dhmq_cpu_scale_layers(layers.data(), std::ssize(layers), factors.data(), x.data()) == DHMQ_OK);
    for (size_t l = 0; l < layers.size(); ++l) {
        for (int64_t i = layers[l].offset; i < layers[l].offset + layers[l].channels * layers[l].channel_size; ++i) {
            CHECK(same_value(x[i], static_cast<float>(before[static_cast<size_t>(i)] * factors[l])));
        }
    }
}

double dot(const float *a, const float *b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += static_cast<double>(a[i]) * b[i];
    }
    return sum;
}

/// The recursion of the book in double precision.
std::vector<double> two_loop(const std::vector<dhmq_layer> &layers, const std::vector<const float *> &s,
                             const std::vector<const float *> &y, const std::vector<double> &inverse, const float *direction) {
    const size_t n = static_cast<size_t>(weights_of(layers));
    std::vector<double> d(direction, direction + n);
    std::vector<double> alpha(s.size());
    const auto product = [&](const float *x) {
        double sum = 0;
        for (size_t i = 0; i < n; ++i) {
            sum += x[i] * d[i];
        }
        return sum;
    };
    for (size_t k = s.size(); k-- > 0;) {
        alpha[k] = product(s[k]) / dot(s[k], y[k], std::ssize(d));
        for (size_t i = 0; i < n; ++i) {
            d[i] -= alpha[k] * y[k][i];
        }
    }
    for (size_t l = 0; l < layers.size(); ++l) {
        for (int64_t i = layers[l].offset; i < layers[l].offset + layers[l].channels * layers[l].channel_size; ++i) {
            d[static_cast<size_t>(i)] *= inverse[l];
        }
    }
    for (size_t k = 0; k < s.size(); ++k) {
        const double beta = product(y[k]) / dot(s[k], y[k], std::ssize(d));
        for (size_t i = 0; i < n; ++i) {
            d[i] += (alpha[k] - beta) * s[k][i];
        }
    }
    return d;
}

/// s_i.y_j for all i and j.
std::vector<double> products_of(const std::vector<const float *> &s, const std::vector<const float *> &y, int64_t n) {
    std::vector<double> products;
    for (const float *step : s) {
        for (const float *change : y) {
            products.push_back(dot(step, change, n));
        }
    }
    return products;
}

/// Of a block-sparse step k, the layers that are stored: two of them.
bool is_stored(size_t k, size_t layer) { return layer % 5 == k % 5; }

void two_loop_recursion_equals_the_oracle(size_t pairs, bool sparse, std::vector<float> &first) {
    const auto stored = [&](size_t k, size_t layer) { return !sparse || is_stored(k, layer); };
    const std::vector<dhmq_layer> layers = odd_layers();
    const int64_t n = weights_of(layers);
    std::vector<std::vector<float>> steps;
    std::vector<std::vector<float>> changes;
    for (size_t k = 0; k < pairs; ++k) {
        steps.push_back(normal(n, SEED + 10 + static_cast<unsigned>(k)));
        changes.push_back(normal(n, SEED + 30 + static_cast<unsigned>(k), 0.1F));
        for (size_t l = 0; l < layers.size(); ++l) {
            if (!stored(k, l)) {
                std::fill_n(steps[k].begin() + layers[l].offset, layers[l].channels * layers[l].channel_size, 0.0F);
            }
        }
        for (size_t i = 0; i < steps[k].size(); ++i) {
            changes[k][i] += 2 * steps[k][i]; // s.y is positive
        }
    }
    std::vector<const float *> s;
    std::vector<const float *> y;
    for (size_t k = 0; k < pairs; ++k) {
        s.push_back(steps[k].data());
        y.push_back(changes[k].data());
    }
    const std::vector<double> inverse(layers.size(), 0.4);
    Guarded<float> direction(normal(n, SEED));
    const std::vector<double> wanted = two_loop(layers, s, y, inverse, direction.data());
    std::vector<const float *> pointers = table(layers, s);
    for (size_t i = 0; i < pointers.size(); ++i) {
        if (!stored(i / layers.size(), i % layers.size())) {
            pointers[i] = nullptr;
        }
    }
    CHECK(dhmq_cpu_two_loop_recursion(layers.data(), std::ssize(layers), pointers.data(), y.data(), products_of(s, y, n).data(),
                                      std::ssize(s), inverse.data(), direction.data()) == DHMQ_OK);
    for (size_t i = 0; i < wanted.size(); ++i) {
        // Each of the 2m updates rounds to float values of at most about ten.
        CHECK(std::abs(direction[i] - wanted[i]) <= static_cast<double>(2 * pairs + 1) * 10 * 0x1p-24);
    }
    const std::vector<float> found(direction.data(), direction.data() + direction.size());
    if (first.empty()) {
        first = found;
    }
    CHECK(std::memcmp(first.data(), found.data(), found.size() * sizeof(float)) == 0);
}

void compact_products_equal_the_oracle(std::vector<double> &first) {
    const std::vector<dhmq_layer> layers = odd_layers();
    const int64_t n = weights_of(layers);
    const Guarded<float> x(normal(n, SEED));
    const Guarded<float> v(normal(n, SEED + 1));
    std::vector<const float *> pointers = table(layers, {v.data(), x.data(), v.data()});
    for (size_t l = 0; l < layers.size(); ++l) {
        if (!is_stored(2, l)) {
            pointers[2 * layers.size() + l] = nullptr;
        }
    }
    std::vector<double> out(3 * layers.size(), -77);
    CHECK(dhmq_cpu_compact_products(layers.data(), std::ssize(layers), pointers.data(), 3, x.data(), out.data()) == DHMQ_OK);
    for (size_t l = 0; l < layers.size(); ++l) {
        const int64_t count = layers[l].channels * layers[l].channel_size;
        for (size_t k = 0; k < 3; ++k) {
            const float *vector = pointers[k * layers.size() + l];
            const double wanted = vector == nullptr ? 0 : dot(vector, x.data() + layers[l].offset, count);
            // Two orders of adding n products of normal numbers, as for the segmented dot.
            CHECK(std::abs(out[3 * l + k] - wanted) <= 4.0 * static_cast<double>(count * count) * 0x1p-53);
        }
    }
    if (first.empty()) {
        first = out;
    }
    CHECK(std::memcmp(first.data(), out.data(), out.size() * sizeof(double)) == 0);
}

void copies_every_length() {
    for (int64_t length : {int64_t{0}, int64_t{1}, int64_t{17}, int64_t{70001}, int64_t{300001}}) {
        const Guarded<float> from(normal(length, SEED));
        Guarded<float> to(std::vector<float>(static_cast<size_t>(length)));
        CHECK(dhmq_cpu_copy(length, from.data(), to.data()) == DHMQ_OK);
        CHECK(std::memcmp(from.data(), to.data(), from.size() * sizeof(float)) == 0);
    }
}

/// H y = s for the newest pair: the secant equation holds whatever H0 is.
void two_loop_recursion_meets_the_secant_equation() {
    const std::vector<dhmq_layer> layers = {{0, 3, 11, 0}, {33, 2, 64, 3}};
    const std::vector<float> s = normal(161, SEED + 5);
    std::vector<float> y = normal(161, SEED + 6, 0.1F);
    for (size_t i = 0; i < s.size(); ++i) {
        y[i] += s[i];
    }
    const float *steps[2] = {s.data(), s.data() + 33};
    const float *changes[1] = {y.data()};
    const double inverse[2] = {0.7, 3};
    Guarded<float> direction(y);
    const double product = dot(s.data(), y.data(), 161);
    CHECK(dhmq_cpu_two_loop_recursion(layers.data(), 2, steps, changes, &product, 1, inverse, direction.data()) == DHMQ_OK);
    for (size_t i = 0; i < s.size(); ++i) {
        CHECK(std::abs(direction[i] - s[i]) <= 1e-6); // a few float roundings of values of order one
    }
}

} // namespace

int main() {
    std::vector<double> dots;
    std::vector<double> products;
    std::vector<float> directions[4];
    on_every_tier("segmented dot", [&] { segmented_dot_equals_the_oracle(dots); });
    on_every_tier("dot of extremes", dot_of_extremes);
    on_every_tier("axpy", axpy_equals_the_oracle);
    on_every_tier("axpy of extremes", axpy_of_extremes);
    on_every_tier("scale layers", scale_layers_equals_the_oracle);
    on_every_tier("two loops, no pair", [&] { two_loop_recursion_equals_the_oracle(0, false, directions[0]); });
    on_every_tier("two loops, 1 pair", [&] { two_loop_recursion_equals_the_oracle(1, false, directions[1]); });
    on_every_tier("two loops, 5 pairs", [&] { two_loop_recursion_equals_the_oracle(5, false, directions[2]); });
    on_every_tier("two loops, 7 block-sparse pairs", [&] { two_loop_recursion_equals_the_oracle(7, true, directions[3]); });
    on_every_tier("compact products", [&] { compact_products_equal_the_oracle(products); });
    on_every_tier("copy", copies_every_length);
    on_every_tier("secant equation", two_loop_recursion_meets_the_secant_equation);
    return finish();
}
