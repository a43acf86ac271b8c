// Bugs of kernels, planted: the emulation has to show every one of them, and nothing where there is none. With an argument, runs the one
// named there and leaves it to a sanitizer.
#include "device.h"
#include "planted.h"

#include <cmath>

namespace {

using namespace dhmq_test;

constexpr int COUNT = 64;

std::vector<float> one_to_count() {
    std::vector<float> values;
    for (int i = 1; i <= COUNT; ++i) {
        values.push_back(static_cast<float>(i));
    }
    return values;
}

float sum(bool with_barrier) {
    const DeviceArray<float> in(one_to_count());
    const DeviceArray<float> out(1);
    CHECK(start_sum(with_barrier, in.get(), out.get()) == cudaSuccess);
    return out.read()[0];
}

int bits(bool atomic) {
    const DeviceArray<int> out(std::vector<int>{0});
    CHECK(start_set_bits(atomic, out.get()) == cudaSuccess);
    return out.read()[0];
}

/// In one schedule alone it may pass; that is why there are three.
void missing_barrier() {
    constexpr float RIGHT = COUNT * (COUNT + 1) / 2;
    int wrong = 0;
    for (int32_t schedule : {DHMQ_EMULATION_FORWARD, DHMQ_EMULATION_REVERSE, DHMQ_EMULATION_RANDOM}) {
        dhmq_emulation_reset();
        dhmq_emulation_set_schedule(schedule, 1);
        CHECK(sum(true) == RIGHT);
        wrong += sum(false) != RIGHT;
    }
    CHECK(wrong > 0);
}

/// The launch is accepted, waiting for it fails, so does all that comes after, and the sentence says what and where.
void faults(const std::string &what, const std::function<cudaError_t()> &start) {
    dhmq_emulation_reset();
    context() = what;
    CHECK(start() == cudaSuccess);
    CHECK(cudaDeviceSynchronize() == cudaErrorLaunchFailure);
    const std::string sentence = dhmq_emulation_fault();
    CHECK(sentence.find(what) != std::string::npos);
    CHECK(sentence.find("block 0, thread ") == 0);
    CHECK(sentence.find("planted.cu:") != std::string::npos);
    void *more = nullptr;
    CHECK(cudaMalloc(&more, 16) == cudaErrorLaunchFailure);
    if (std::string(dhmq_emulation_fault()).find(what) == std::string::npos) {
        std::fprintf(stderr, "%s\n", dhmq_emulation_fault());
    }
    dhmq_emulation_reset();
    CHECK(cudaDeviceSynchronize() == cudaSuccess);
}

void divergence() {
    const DeviceArray<float> out(COUNT);
    faults("which has left the kernel", [&] { return start_shuffle_after_leaving(out.get()); });
    faults("of its warp at", [&] { return start_shuffle_in_two_branches(out.get()); });
    faults("not in the mask of its own operation", [&] { return start_shuffle_without_oneself(out.get()); });
    faults("waits for the whole block at", [&] { return start_barrier_for_some(); });
    faults("but thread 1 waits at", [&] { return start_barrier_in_two_branches(); });
}

void out_of_bounds() {
    dhmq_emulation_reset();
    context() = "out of bounds";
    float *data = nullptr;
    CHECK(cudaMalloc(reinterpret_cast<void **>(&data), COUNT / 2 * sizeof(float)) == cudaSuccess);
    CHECK(start_write_one_too_far(data, COUNT / 2 - 1) == cudaSuccess);
    CHECK(cudaDeviceSynchronize() == cudaSuccess);
    CHECK(start_write_one_too_far(data, COUNT / 2) == cudaSuccess);
    CHECK(cudaDeviceSynchronize() == cudaErrorIllegalAddress);
    CHECK(std::string(dhmq_emulation_fault()).find("written beside 128 bytes") != std::string::npos);
    dhmq_emulation_reset();
    CHECK(cudaFree(data) == cudaSuccess);
}

/// Fresh memory is no zeros.
void uninitialised() {
    context() = "uninitialised";
    const DeviceArray<float> in(COUNT);
    const DeviceArray<float> out(1);
    CHECK(start_sum(true, in.get(), out.get()) == cudaSuccess);
    CHECK(std::isnan(out.read()[0]));
}

int for_a_sanitizer(const std::string &bug) {
    dhmq_emulation_set_workers(3);
    const DeviceArray<float> data(COUNT / 2);
    const DeviceArray<float> out(1);
    if (bug == "none") {
        sum(true);
        CHECK(bits(true) == 0xffff);
    } else if (bug == "missing-barrier") {
        sum(false);
    } else if (bug == "missing-atomic") {
        bits(false);
    } else if (bug == "write-one-too-far") {
        CHECK(start_write_one_too_far(data.get(), COUNT / 2) == cudaSuccess);
    } else if (bug == "read-one-too-far") {
        CHECK(start_read_one_too_far(data.get(), COUNT / 2, out.get()) == cudaSuccess);
    } else {
        CHECK(!"a bug that there is");
    }
    CHECK(cudaDeviceSynchronize() == cudaSuccess);
    return finish();
}

} // namespace

int main(int count, char **arguments) {
    if (count > 1) {
        return for_a_sanitizer(arguments[1]);
    }
    missing_barrier();
    divergence();
    out_of_bounds();
    uninitialised();
    return finish();
}
