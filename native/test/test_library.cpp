#include "check.h"

#include <thread>

using namespace dhmq_test;

namespace {

void versions_and_names() {
    CHECK(dhmq_abi_version() == DHMQ_ABI_VERSION);
    CHECK(std::string(dhmq_status_string(DHMQ_OK)) == "ok");
    CHECK(std::string(dhmq_status_string(DHMQ_OUT_OF_MEMORY)) == "out of memory");
    CHECK(std::string(dhmq_status_string(-77)) == "unknown status");
}

void threads_are_checked() {
    CHECK(dhmq_max_threads() >= 1);
    CHECK(dhmq_set_threads(0) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_set_threads(3) == DHMQ_OK);
    CHECK(dhmq_max_threads() == 3);
}

void tiers_are_checked() {
    CHECK(dhmq_set_isa("mmx") == DHMQ_UNSUPPORTED);
    CHECK(dhmq_set_isa(nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_set_isa("baseline") == DHMQ_OK);
    CHECK(std::string(dhmq_isa()) == "baseline");
}

void bad_arguments_are_refused() {
    const dhmq_layer layer = {0, 1, 4, 0};
    const dhmq_layer negative = {-1, 1, 4, 0};
    const dhmq_layer empty = {0, 0, 4, 0};
    const dhmq_layer huge = {0, INT64_MAX / 2, 4, 0};
    const int32_t bits = 4;
    const int32_t one_bit = 1;
    const int32_t nine_bits = 9;
    float x[4] = {1, 2, 3, 4};
    float scale = 1;
    double out[2];
    const float *vectors[1] = {nullptr};
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, x, &scale, nullptr, x) == DHMQ_OK);
    CHECK(dhmq_cpu_fake_quantize(&layer, -1, &bits, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(nullptr, 1, &bits, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&negative, 1, &bits, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&empty, 1, &bits, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&huge, 1, &bits, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &one_bit, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &nine_bits, x, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fake_quantize(&layer, 1, &bits, nullptr, &scale, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_search_scales(&layer, 1, &bits, x, x, 0, &scale, nullptr) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_perturbation_products(&layer, 1, &bits, x, &scale, nullptr, x, vectors, -1, out) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_perturbation_products(&layer, 1, &bits, x, &scale, nullptr, x, vectors, DHMQ_MAX_VECTORS + 1, out) ==
          DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_axpy(-1, 1, x, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_axpy(1, 1, nullptr, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_fill_rademacher(1, 2, -1, x) == DHMQ_INVALID_ARGUMENT);
    CHECK(dhmq_cpu_two_loop_recursion(&layer, 1, vectors, vectors, out, 1, out, x) == DHMQ_INVALID_ARGUMENT);
}

/// Calls from threads that OpenMP did not make: the JVM's are such.
void any_thread_may_call() {
    const dhmq_layer layer = {0, 300, 576, 0};
    const std::vector<float> x(300 * 576, 0.5F);
    std::vector<double> sums(4);
    std::vector<std::thread> threads;
    for (double &sum : sums) {
        threads.emplace_back([&] { dhmq_cpu_segmented_dot(&layer, 1, x.data(), x.data(), &sum); });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    for (double sum : sums) {
        CHECK(sum == 300 * 576 * 0.25);
    }
}

} // namespace

int main(int argc, char **argv) {
    if (argc > 1) {
        CHECK(std::string(dhmq_isa()) == argv[1]);
    } else {
        const std::string isa = dhmq_isa();
        CHECK(isa == "baseline" || isa == "avx2" || isa == "avx512");
    }
    versions_and_names();
    threads_are_checked();
    bad_arguments_are_refused();
    any_thread_may_call();
    tiers_are_checked();
    return finish();
}
