// The threads of a block take turns on one host thread. A turn ends where a thread waits for others: at a barrier, or in an operation
// of its warp. When all have had theirs, what is complete is carried out and the rest is a fault, for nobody is left who could still
// come: a thread that waits for one that has left, lanes that wait at different lines.
//
// This file is compiled without the thread sanitizer, so that it sees the kernels' accesses alone; the annotations tell it what
// orders them.
#include "grid.h"

#include "fiber.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#ifdef DHMQ_EMULATION_TSAN
#include <sanitizer/tsan_interface.h>
#endif

constinit thread_local uint3 threadIdx = {};
constinit thread_local uint3 blockIdx = {};
constinit thread_local dim3 blockDim;
constinit thread_local dim3 gridDim;

namespace dhmq_emulation {
namespace {

constexpr unsigned WARP = 32;
constexpr unsigned MOST_THREADS = 1024;

/// What was done before release(x) is seen after acquire(x).
void release([[maybe_unused]] void *tag) {
#ifdef DHMQ_EMULATION_TSAN
    __tsan_release(tag);
#endif
}

void acquire([[maybe_unused]] void *tag) {
#ifdef DHMQ_EMULATION_TSAN
    __tsan_acquire(tag);
#endif
}

enum class State { READY, AT_BARRIER, IN_WARP, LEFT, LOST };

enum class WarpOperation { SYNC, SHUFFLE };

/// What a lane waits for.
struct Request {
    WarpOperation operation;
    unsigned mask;
    std::source_location where;
    uint64_t given;
    unsigned from;
    uint64_t taken;

    bool same(const Request &other) const {
        return operation == other.operation && mask == other.mask && where.line() == other.where.line() &&
               where.column() == other.where.column() && std::strcmp(where.file_name(), other.where.file_name()) == 0;
    }
};

struct Thread {
    State state = State::READY;
    Request request = {};
    std::source_location barrier;
    // Two tags in turn: whoever leaves a barrier late must not see what others have done since.
    unsigned barriers = 0;
    unsigned warp_syncs = 0;
    std::unique_ptr<Fiber> fiber;
};

struct Grid {
    const cudaLaunchConfig_t &configuration;
    const std::function<void()> &kernel;
    const GridSettings &settings;
    int64_t block_count;
    std::atomic<int64_t> next_block = 0;
    std::atomic<bool> failed = false;
    std::mutex mutex = {};
    std::string fault = {};

    void fail(const std::string &sentence) {
        const std::lock_guard guard(mutex);
        if (!failed.exchange(true)) {
            fault = sentence;
        }
    }
};

std::string text(const std::source_location &where) {
    return std::string(where.function_name()) + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")";
}

/// A host thread that runs blocks, one after the other.
class Worker {
  public:
    void run(Grid &of) {
        grid = &of;
        for (int64_t k; !grid->failed && (k = grid->next_block++) < grid->block_count;) {
            run_block(grid->settings.schedule == Schedule::REVERSE ? grid->block_count - 1 - k : k);
        }
        if (grid->failed) {
            // Some are in the middle of a turn that nobody will end.
            threads.clear();
        }
    }

    void wait_at_barrier(const std::source_location &where) {
        Thread &self = threads[threadIdx.x];
        void *tag = &barrier_tags[self.barriers++ % 2];
        self.barrier = where;
        release(tag);
        wait(self, State::AT_BARRIER);
        acquire(tag);
    }

    uint64_t wait_in_warp(const Request &request) {
        Thread &self = threads[threadIdx.x];
        if ((request.mask >> (threadIdx.x % WARP) & 1) == 0) {
            lose("a lane is not in the mask of its own operation at " + text(request.where));
        }
        void *tag = nullptr;
        if (request.operation == WarpOperation::SYNC) {
            tag = &warp_tags[threadIdx.x / WARP][self.warp_syncs++ % 2];
            release(tag);
        }
        self.request = request;
        wait(self, State::IN_WARP);
        if (tag != nullptr) {
            acquire(tag);
        }
        return self.request.taken;
    }

  private:
    Grid *grid = nullptr;
    std::vector<Thread> threads;
    unsigned count = 0;
    char begin_tag = 0;
    char end_tag = 0;
    char barrier_tags[2] = {};
    char warp_tags[MOST_THREADS / WARP][2] = {};

    static void wait(Thread &self, State state) {
        self.state = state;
        self.fiber->yield();
    }

    [[noreturn]] void lose(const std::string &sentence) {
        fail(threadIdx.x, sentence);
        for (;;) {
            wait(threads[threadIdx.x], State::LOST);
        }
    }

    void fail(unsigned thread, const std::string &sentence) {
        grid->fail("block " + std::to_string(blockIdx.x) + ", thread " + std::to_string(thread) + ": " + sentence);
    }

    void run_block(int64_t index) {
        prepare(index);
        release(&begin_tag);
        std::vector<unsigned> order(count);
        for (unsigned t = 0; t < count; ++t) {
            order[t] = grid->settings.schedule == Schedule::REVERSE ? count - 1 - t : t;
        }
        std::mt19937_64 random(grid->settings.seed + static_cast<uint64_t>(index));
        for (;;) {
            if (grid->settings.schedule == Schedule::RANDOM) {
                std::shuffle(order.begin(), order.end(), random);
            }
            for (unsigned t : order) {
                if (threads[t].state == State::READY) {
                    threadIdx = {t, 0, 0};
                    threads[t].fiber->resume();
                }
            }
            if (grid->failed) {
                return;
            }
            const bool gone_on = complete_warps();
            if (grid->failed || (!gone_on && !open_barrier())) {
                break;
            }
        }
        acquire(&end_tag);
    }

    void prepare(int64_t index) {
        blockIdx = {static_cast<unsigned>(index), 0, 0};
        blockDim = grid->configuration.blockDim;
        gridDim = grid->configuration.gridDim;
        count = blockDim.x;
        if (threads.size() < count) {
            threads.resize(count);
        }
        for (unsigned t = 0; t < count; ++t) {
            Thread &thread = threads[t];
            thread.state = State::READY;
            if (thread.fiber == nullptr) {
                thread.fiber = std::make_unique<Fiber>([this, t] { turn(t); });
            }
        }
    }

    void turn(unsigned t) {
        acquire(&begin_tag);
        grid->kernel();
        release(&end_tag);
        threads[t].state = State::LEFT;
    }

    /// Carries out what whole warps wait for; false where no warp waits for anything.
    bool complete_warps() {
        bool any = false;
        for (unsigned t = 0; t < count; ++t) {
            if (threads[t].state == State::IN_WARP) {
                if (!is_complete(t)) {
                    return false;
                }
                carry_out(t / WARP * WARP, threads[t].request.mask);
                any = true;
            }
        }
        return any;
    }

    bool is_complete(unsigned t) {
        const Request &request = threads[t].request;
        for (unsigned lane = 0; lane < WARP; ++lane) {
            if ((request.mask >> lane & 1) == 0) {
                continue;
            }
            const unsigned other = t / WARP * WARP + lane;
            if (other >= count || threads[other].state != State::IN_WARP || !threads[other].request.same(request)) {
                fail(t, "waits for lane " + std::to_string(lane) + " of its warp at " + text(request.where) + ", which " + excuse(other));
                return false;
            }
        }
        return true;
    }

    /// Why a lane does not come to where others of its warp wait for it.
    std::string excuse(unsigned t) const {
        if (t >= count) {
            return "the block does not have";
        }
        switch (threads[t].state) {
        case State::LEFT: return "has left the kernel";
        case State::AT_BARRIER: return "waits for the whole block at " + text(threads[t].barrier);
        default: return "waits at " + text(threads[t].request.where);
        }
    }

    void carry_out(unsigned first, unsigned mask) {
        for (unsigned lane = 0; lane < WARP; ++lane) {
            if ((mask >> lane & 1) != 0) {
                Request &request = threads[first + lane].request;
                // What a lane that takes no part would give is undefined: something conspicuous.
                request.taken = (mask >> request.from & 1) != 0 ? threads[first + request.from].request.given : ~uint64_t{0};
            }
        }
        for (unsigned lane = 0; lane < WARP; ++lane) {
            if ((mask >> lane & 1) != 0) {
                threads[first + lane].state = State::READY;
            }
        }
    }

    /// Lets all threads go on that wait for each other; false where there is none left, or a fault.
    bool open_barrier() {
        unsigned waiting = 0;
        while (waiting < count && threads[waiting].state != State::AT_BARRIER) {
            ++waiting;
        }
        if (waiting == count) {
            return false;
        }
        const std::source_location &barrier = threads[waiting].barrier;
        for (unsigned t = 0; t < count; ++t) {
            const bool left = threads[t].state == State::LEFT;
            if (left || threads[t].barrier.line() != barrier.line()) {
                fail(waiting, "waits for the whole block at " + text(barrier) + ", but thread " + std::to_string(t) +
                                  (left ? " has left the kernel" : " waits at " + text(threads[t].barrier)));
                return false;
            }
        }
        for (unsigned t = 0; t < count; ++t) {
            threads[t].state = State::READY;
        }
        return true;
    }
};

/// Kept from grid to grid, for its fibers.
thread_local Worker worker;

} // namespace

void sync_threads(const std::source_location &where) { worker.wait_at_barrier(where); }

void sync_warp(unsigned mask, const std::source_location &where) {
    worker.wait_in_warp({WarpOperation::SYNC, mask, where, 0, 0, 0});
}

uint64_t shuffle(unsigned mask, uint64_t given, unsigned from, const std::source_location &where) {
    return worker.wait_in_warp({WarpOperation::SHUFFLE, mask, where, given, from, 0});
}

bool valid_configuration(const cudaLaunchConfig_t &configuration) {
    const dim3 &grid = configuration.gridDim;
    const dim3 &block = configuration.blockDim;
    // More dimensions than one, and shared memory sized at the launch, are more than the emulation knows.
    return grid.x > 0 && grid.x <= INT32_MAX && grid.y == 1 && grid.z == 1 && block.x > 0 && block.x <= MOST_THREADS &&
           block.y == 1 && block.z == 1 && configuration.dynamicSmemBytes == 0;
}

std::string run_grid(const cudaLaunchConfig_t &configuration, const std::function<void()> &kernel, const GridSettings &settings) {
    Grid grid = {configuration, kernel, settings, configuration.gridDim.x};
    std::vector<std::thread> others;
    for (int i = 1; i < settings.workers && i < grid.block_count; ++i) {
        others.emplace_back([&grid] { worker.run(grid); });
    }
    worker.run(grid);
    for (std::thread &other : others) {
        other.join();
    }
    return grid.fault;
}

} // namespace dhmq_emulation
