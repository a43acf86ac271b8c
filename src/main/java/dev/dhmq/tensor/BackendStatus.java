package dev.dhmq.tensor;

import java.util.List;

/** Whether a backend can be used on this machine, and if not, why. */
public sealed interface BackendStatus {

    /** The backend's short name, as {@link Backend#name()} gives it. */
    String name();

    /** The backend can be used; {@code description} is as {@link Backend#description()} gives it. */
    record Available(String name, String description) implements BackendStatus {}

    /** The backend cannot be used; each reason is a sentence. */
    record Unavailable(String name, List<String> reasons) implements BackendStatus {
        public Unavailable {
            reasons = List.copyOf(reasons);
        }
    }
}
