package dev.dhmq;

import org.jspecify.annotations.Nullable;

/**
 * A file or an option of the user's that cannot be used. The message is one sentence for the user: what is wrong, where,
 * and what to do. The command line prints it and exits with status 2.
 */
public final class InvalidInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidInputException(String message) {
        super(message);
    }

    public InvalidInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
