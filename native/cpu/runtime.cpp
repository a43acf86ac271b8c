#include "runtime.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <omp.h>
#include <span>

namespace dhmq {
namespace {

// From best to worst; the last one always works.
constexpr std::array TIERS = {
#ifdef DHMQ_X86_TIERS
    &KERNELS_AVX512,
    &KERNELS_AVX2,
#endif
    &KERNELS_BASELINE,
};

/// The compiler's run-time library asks CPUID, and XGETBV whether the operating system saves the registers.
size_t best_tier() {
#ifdef DHMQ_X86_TIERS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) {
        return 0;
    }
    if (__builtin_cpu_supports("x86-64-v3")) {
        return 1;
    }
#endif
    return TIERS.size() - 1;
}

/// The tier of this name, if the processor has it.
const Kernels *find(std::string_view name) {
    for (const Kernels *tier : std::span(TIERS).subspan(best_tier())) {
        if (name == tier->name) {
            return tier;
        }
    }
    return nullptr;
}

const Kernels *initial() {
    const char *name = std::getenv("DHMQ_ISA");
    const Kernels *asked_for = name == nullptr ? nullptr : find(name);
    return asked_for == nullptr ? TIERS[best_tier()] : asked_for;
}

std::atomic<const Kernels *> &selected() {
    static std::atomic<const Kernels *> kernels(initial());
    return kernels;
}

std::atomic<int32_t> &threads() {
    static std::atomic<int32_t> count(omp_get_max_threads());
    return count;
}

} // namespace

const Kernels &kernels() { return *selected(); }

bool select_kernels(std::string_view name) {
    const Kernels *tier = find(name);
    if (tier == nullptr) {
        return false;
    }
    selected() = tier;
    return true;
}

int32_t max_threads() { return threads(); }

void set_max_threads(int32_t count) { threads() = count; }

} // namespace dhmq
