#include "fiber.h"

#include <new>
#include <sys/mman.h>
#include <utility>

#ifdef DHMQ_EMULATION_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#ifdef DHMQ_EMULATION_FAST_SWITCH
// The registers that a called function has to keep; swapcontext would also ask the system for the signal mask, a hundred times as long.
extern "C" void dhmq_emulation_switch(void **leave, void *enter);
asm(R"(
.text
.hidden dhmq_emulation_switch
.globl dhmq_emulation_switch
.type dhmq_emulation_switch, @function
dhmq_emulation_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size dhmq_emulation_switch, . - dhmq_emulation_switch
.section .note.GNU-stack,"",@progbits
.text
)");
#endif

namespace dhmq_emulation {
namespace {

/// Who is being resumed, for a fiber that has just begun.
thread_local Fiber *beginning = nullptr;

} // namespace

Fiber::Fiber(std::function<void()> turn) : turn(std::move(turn)) {
    void *memory = mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    stack = static_cast<char *>(memory);
#ifdef DHMQ_EMULATION_FAST_SWITCH
    constexpr int KEPT_REGISTERS = 6;
    // A function is entered with its stack 8 bytes off a multiple of 16: the entry's return address, which there is none of.
    void **top = reinterpret_cast<void **>(stack + STACK);
    *--top = nullptr;
    *--top = reinterpret_cast<void *>(&Fiber::enter);
    for (int i = 0; i < KEPT_REGISTERS; ++i) {
        *--top = nullptr;
    }
    own = top;
#else
    getcontext(&own);
    own.uc_stack.ss_sp = stack;
    own.uc_stack.ss_size = STACK;
    own.uc_link = nullptr;
    makecontext(&own, &Fiber::enter, 0);
#endif
#ifdef DHMQ_EMULATION_TSAN
    own_thread = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef DHMQ_EMULATION_TSAN
    __tsan_destroy_fiber(own_thread);
#endif
    munmap(stack, STACK);
}

void Fiber::resume() {
    beginning = this;
#ifdef DHMQ_EMULATION_TSAN
    resumer_thread = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(own_thread, __tsan_switch_to_fiber_no_sync);
#endif
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&resumer_fake_stack, stack, STACK);
#endif
#ifdef DHMQ_EMULATION_FAST_SWITCH
    dhmq_emulation_switch(&resumer, own);
#else
    swapcontext(&resumer, &own);
#endif
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(resumer_fake_stack, nullptr, nullptr);
#endif
}

void Fiber::yield() {
#ifdef DHMQ_EMULATION_TSAN
    __tsan_switch_to_fiber(resumer_thread, __tsan_switch_to_fiber_no_sync);
#endif
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&own_fake_stack, resumer_stack, resumer_stack_size);
#endif
#ifdef DHMQ_EMULATION_FAST_SWITCH
    dhmq_emulation_switch(&own, resumer);
#else
    swapcontext(&own, &resumer);
#endif
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(own_fake_stack, &resumer_stack, &resumer_stack_size);
#endif
}

void Fiber::enter() { beginning->run(); }

void Fiber::run() {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(nullptr, &resumer_stack, &resumer_stack_size);
#endif
    for (;;) {
        turn();
        yield();
    }
}

} // namespace dhmq_emulation
