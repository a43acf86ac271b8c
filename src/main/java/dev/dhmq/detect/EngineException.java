package dev.dhmq.detect;

/** The runtime below a detector failed at its work, for want of memory for example. The detector can be used on. */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The sentence, and what the runtime threw. */
    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
