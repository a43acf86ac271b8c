// What the library says about itself, and its settings.
#include "dhmq.h"
#include "runtime.h"

extern "C" {

int32_t dhmq_abi_version(void) { return DHMQ_ABI_VERSION; }

const char *dhmq_status_string(int32_t status) {
    switch (status) {
    case DHMQ_OK:
        return "ok";
    case DHMQ_INVALID_ARGUMENT:
        return "invalid argument";
    case DHMQ_OUT_OF_MEMORY:
        return "out of memory";
    case DHMQ_UNSUPPORTED:
        return "not supported by this processor";
    case DHMQ_NOT_FINITE:
        return "a weight or a scale is NaN";
    default:
        return "unknown status";
    }
}

const char *dhmq_isa(void) { return dhmq::kernels().name; }

int32_t dhmq_set_isa(const char *name) {
    if (name == nullptr) {
        return DHMQ_INVALID_ARGUMENT;
    }
    return dhmq::select_kernels(name) ? DHMQ_OK : DHMQ_UNSUPPORTED;
}

int32_t dhmq_max_threads(void) { return dhmq::max_threads(); }

int32_t dhmq_set_threads(int32_t threads) {
    if (threads < 1) {
        return DHMQ_INVALID_ARGUMENT;
    }
    dhmq::set_max_threads(threads);
    return DHMQ_OK;
}

} // extern "C"
