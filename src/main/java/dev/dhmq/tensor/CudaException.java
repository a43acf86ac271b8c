package dev.dhmq.tensor;

/**
 * A call of CUDA returned a status other than success. After a fault on the device (an illegal address, a failed launch) all
 * further calls fail with it, and only a new process helps; what the message says of the call is then where the fault
 * showed, not where it happened.
 */
public class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int code;

    CudaException(String call, int code, String message) {
        super(message);
        this.call = call;
        this.code = code;
    }

    /** The function that returned the status, as in {@code cudaMemcpyAsync}. */
    public String call() {
        return call;
    }

    /** The status, a {@code cudaError_t}. */
    public int code() {
        return code;
    }
}
