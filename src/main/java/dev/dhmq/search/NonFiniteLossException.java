package dev.dhmq.search;

/** A calibration loss or gradient that is NaN or infinite; the message names the place and what to do. */
public final class NonFiniteLossException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NonFiniteLossException(String message) {
        super(message);
    }
}
