package dev.dhmq.tensor;

/**
 * A native kernel returned a status other than success. Arguments are checked in Java first, so this means that memory
 * ran out or that the two sides disagree.
 */
public final class NativeCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    NativeCallException(String call, int status, String meaning) {
        super(call + " failed with status " + status + ": " + meaning + ".");
        this.status = status;
    }

    /** The status code, as {@code dhmq.h} defines it. */
    public int status() {
        return status;
    }
}
