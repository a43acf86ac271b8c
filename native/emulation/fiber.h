// A function that runs in turns with whoever resumes it.
#pragma once

#include <cstddef>
#include <functional>

#ifdef __x86_64__
#define DHMQ_EMULATION_FAST_SWITCH
#else
#include <ucontext.h>
#endif

namespace dhmq_emulation {

/// Runs `turn` again and again, each time once, on a stack of its own. Stays on the thread that resumes it first. May be destroyed in
/// the middle of a turn, whose objects are then not destroyed.
class Fiber {
  public:
    explicit Fiber(std::function<void()> turn);
    Fiber(const Fiber &) = delete;
    Fiber &operator=(const Fiber &) = delete;
    ~Fiber();

    /// Goes on with the turn where it was, or begins the next; returns when it yields or is over.
    void resume();

    /// Called within a turn: goes back to who has resumed it.
    void yield();

  private:
    static constexpr size_t STACK = 256 << 10;

    std::function<void()> turn;
    char *stack;
#ifdef DHMQ_EMULATION_FAST_SWITCH
    void *own = nullptr;
    void *resumer = nullptr;
#else
    ucontext_t own;
    ucontext_t resumer;
#endif
    // For the sanitizers.
    [[maybe_unused]] void *own_fake_stack = nullptr;
    [[maybe_unused]] void *resumer_fake_stack = nullptr;
    [[maybe_unused]] const void *resumer_stack = nullptr;
    [[maybe_unused]] size_t resumer_stack_size = 0;
    [[maybe_unused]] void *own_thread = nullptr;
    [[maybe_unused]] void *resumer_thread = nullptr;

    static void enter();
    [[noreturn]] void run();
};

} // namespace dhmq_emulation
