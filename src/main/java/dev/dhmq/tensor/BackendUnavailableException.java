package dev.dhmq.tensor;

import java.util.List;

/** A backend was asked for by name that cannot be used on this machine. The message holds every reason. */
public final class BackendUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> reasons;

    BackendUnavailableException(BackendStatus.Unavailable status) {
        super("The " + status.name() + " backend is unavailable: " + String.join(" ", status.reasons()));
        this.reasons = status.reasons();
    }

    /** Why, a sentence each. */
    public List<String> reasons() {
        return reasons;
    }
}
