package dev.dhmq.tensor;

import dev.dhmq.bindings.cudart.Cudart;
import dev.dhmq.bindings.dhmq_cuda.DhmqCuda;

/** From a status to an exception that names call, code and meaning. */
final class CudaStatus {
    private CudaStatus() {}

    /** Of a function of CUDA's runtime. */
    static void check(String call, int status) {
        if (status != Cudart.cudaSuccess()) {
            forget();
            throw new CudaException(call, status, call + " failed with " + meaning(status) + ".");
        }
    }

    /** Of one of our kernels, whose statuses are our own and, above them, CUDA's. */
    static void checkKernel(String call, int status) {
        if (status > DhmqCuda.DHMQ_CUDA_ERROR()) {
            check(call, status - DhmqCuda.DHMQ_CUDA_ERROR());
        } else if (status != 0) {
            throw new NativeCallException(call, status, "it refuses its arguments");
        }
    }

    /** Number, name and description of a {@code cudaError_t}. */
    static String meaning(int status) {
        return "status " + status + ", " + Cudart.cudaGetErrorName(status).getString(0) + ": "
                + Cudart.cudaGetErrorString(status).getString(0);
    }

    /** CUDA keeps the last error for who asks; having thrown it, we do not want LibTorch to find it. */
    static void forget() {
        int _ = Cudart.cudaGetLastError();
    }
}
