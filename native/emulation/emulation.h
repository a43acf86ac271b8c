/*
 * CUDA emulated on the CPU, for tests: what a test may ask of the stand-in for libcudart (libcudart_emulated.so), which also runs the
 * kernels. No time that anything takes here says anything about a GPU.
 *
 * Device memory is host memory that is filled with 0xFF (NaN, -1) when it is allocated and freed, with a border on either side that
 * is looked at whenever the device is waited for. Work in a stream is put off until somebody waits for it, so that whoever forgets to
 * sees what was there before.
 */
#ifndef DHMQ_EMULATION_H
#define DHMQ_EMULATION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DHMQ_EMULATION_CONTROL __attribute__((visibility("default")))

/* The marker: there is such a symbol only in an emulation, and no benchmark accepts it. A sentence that says so. */
DHMQ_EMULATION_CONTROL const char *dhmq_cuda_is_emulation(void);

/* Forgets all that the functions below have set, all errors, and the work that was put off; what is allocated stays so. */
DHMQ_EMULATION_CONTROL void dhmq_emulation_reset(void);

/* The order in which the threads of a block take turns, and the blocks of a grid. */
#define DHMQ_EMULATION_FORWARD 0
#define DHMQ_EMULATION_REVERSE 1
#define DHMQ_EMULATION_RANDOM 2

/* For the kernels that run from now on; at first FORWARD. The seed is for RANDOM. */
DHMQ_EMULATION_CONTROL void dhmq_emulation_set_schedule(int32_t schedule, uint64_t seed);

/* How many host threads share the blocks of a grid; at first 1. */
DHMQ_EMULATION_CONTROL void dhmq_emulation_set_workers(int32_t workers);

/* Whether work waits until somebody waits for it (1, at first) or runs at once (0): a GPU may do either. */
DHMQ_EMULATION_CONTROL void dhmq_emulation_set_deferred(int32_t deferred);

/* Bytes of memory that the device has; at first 4 GiB. */
DHMQ_EMULATION_CONTROL void dhmq_emulation_set_memory(size_t bytes);

/*
 * Lets calls of a function ("cudaMalloc"; a launch is "cudaLaunchKernelExC", a cuBLAS function returns its own status) fail: `after`
 * more calls succeed, then one returns `error`; where `sticky` is not 0, that and every later call of any function, as after a fault
 * on the device.
 */
DHMQ_EMULATION_CONTROL void dhmq_emulation_fail(const char *function, int32_t after, int32_t error, int32_t sticky);

/* Bytes of device and of pinned host memory that are allocated. */
DHMQ_EMULATION_CONTROL size_t dhmq_emulation_allocated(void);

/* Streams and events that are there, beside the default stream. */
DHMQ_EMULATION_CONTROL int64_t dhmq_emulation_handles(void);

/* Pieces of work that were put off and have not run. */
DHMQ_EMULATION_CONTROL int64_t dhmq_emulation_pending(void);

/* What went wrong on the device, in a sentence with kernel, block and line; empty where nothing did. Valid until the next reset. */
DHMQ_EMULATION_CONTROL const char *dhmq_emulation_fault(void);

#ifdef __cplusplus
}
#endif

#endif
