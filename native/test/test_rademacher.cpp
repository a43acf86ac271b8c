// Random signs against the known answers that the authors of Philox published (Random123, kat_vectors).
#include "check.h"
#include "guarded.h"

#include <array>

using namespace dhmq_test;

namespace {

/// The four words of a block, read back from the signs. Counters reach the function as (i / 128, stream), so only blocks whose
/// low half is small can be asked for; the full known answers are checked in Java, where Philox takes any counter.
std::array<uint32_t, 4> first_block(uint64_t seed, uint64_t stream) {
    Guarded<float> signs(std::vector<float>(128));
    CHECK(dhmq_cpu_fill_rademacher(seed, stream, 128, signs.data()) == DHMQ_OK);
    std::array<uint32_t, 4> words = {};
    for (size_t i = 0; i < 128; ++i) {
        CHECK(signs[i] == 1 || signs[i] == -1);
        words[i / 32] |= (signs[i] == -1 ? 1U : 0U) << (i % 32);
    }
    return words;
}

void known_answer() {
    CHECK((first_block(0, 0) == std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

/// A vector of any length is the beginning of a longer one, on every tier and thread count.
void element_depends_on_its_index_alone(std::vector<float> &longest) {
    for (size_t count : {0, 1, 15, 16, 17, 100, 127, 128, 129, 16384, 16385, 50001, 200003}) {
        Guarded<float> signs(std::vector<float>(count, 0.0F));
        CHECK(dhmq_cpu_fill_rademacher(42, 7, static_cast<int64_t>(count), signs.data()) == DHMQ_OK);
        if (longest.size() <= count) {
            longest.assign(signs.data(), signs.data() + count);
        }
    }
    for (size_t count : {1, 15, 17, 129, 16385, 200003}) {
        Guarded<float> signs(std::vector<float>(count, 0.0F));
        dhmq_cpu_fill_rademacher(42, 7, static_cast<int64_t>(count), signs.data());
        CHECK(std::memcmp(signs.data(), longest.data(), count * sizeof(float)) == 0);
    }
}

void seeds_and_streams_differ() {
    CHECK(first_block(1, 0) != first_block(0, 0));
    CHECK(first_block(0, 1) != first_block(0, 0));
    CHECK(first_block(uint64_t{1} << 32, 0) != first_block(1, 0));
    CHECK(first_block(0, uint64_t{1} << 32) != first_block(0, 1));
}

/// The mean of 2^20 fair signs has a standard deviation of 2^-10; six of them is a chance of 2e-9.
void signs_are_fair() {
    std::vector<float> signs(1 << 20);
    dhmq_cpu_fill_rademacher(3, 4, std::ssize(signs), signs.data());
    double sum = 0;
    for (float sign : signs) {
        sum += sign;
    }
    CHECK(std::abs(sum / static_cast<double>(signs.size())) < 6.0 / 1024);
}

} // namespace

int main() {
    std::vector<float> longest;
    on_every_tier("known answer", known_answer);
    on_every_tier("index alone", [&] { element_depends_on_its_index_alone(longest); });
    on_every_tier("seeds and streams", seeds_and_streams_differ);
    on_every_tier("fairness", signs_are_fair);
    return finish();
}
