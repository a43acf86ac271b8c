// The whole of the test framework: CHECK counts failures and says where; every main ends with `return finish();`.
#pragma once

#include "dhmq.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace dhmq_test {

inline int &failures() {
    static int count = 0;
    return count;
}

/// The exit status. Not the count itself: of that the system keeps eight bits, and 256 failures would pass.
inline int finish() {
    std::fprintf(stderr, "%d checks failed\n", failures());
    return failures() == 0 ? 0 : 1;
}

/// What is being tested just now, printed beside a failure.
inline std::string &context() {
    static std::string text;
    return text;
}

inline bool check(bool passed, const char *what, const char *file, int line) {
    if (!passed && ++failures() <= 20) {
        std::fprintf(stderr, "%s:%d: %s  [%s]\n", file, line, what, context().c_str());
    }
    return passed;
}

#define CHECK(condition) dhmq_test::check((condition), #condition, __FILE__, __LINE__)

template <typename T> bool same_bits(T a, T b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// Equal as numbers and in the sign of zero; one NaN is as good as another.
inline bool same_value(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

/// Runs the test on every instruction set of this processor and on 1, 2, 3 and 7 threads.
inline void on_every_tier(const std::string &name, const std::function<void()> &test) {
    int tiers = 0;
    for (const char *isa : {"baseline", "avx2", "avx512"}) {
        if (dhmq_set_isa(isa) != DHMQ_OK) {
            continue;
        }
        ++tiers;
        for (int threads : {1, 2, 3, 7}) {
            CHECK(dhmq_set_threads(threads) == DHMQ_OK);
            context() = name + ", " + isa + ", " + std::to_string(threads) + " threads";
            test();
        }
    }
    CHECK(tiers >= 1);
}

} // namespace dhmq_test
