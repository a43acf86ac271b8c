package dev.dhmq.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Which backends this machine has, and the choice among them. Safe to use from several threads. */
public final class Backends {
    private static final System.Logger LOGGER = System.getLogger(Backends.class.getName());
    private static final AtomicBoolean CHOICE_LOGGED = new AtomicBoolean();

    private Backends() {}

    /** What a user may ask for. */
    public enum Choice {
        /** The best backend that is available. */
        AUTO,
        CPU,
        CUDA,
        REFERENCE
    }

    /** Every backend's status, the fastest first. The first call loads the CPU library. */
    public static List<BackendStatus> probe() {
        return List.of(cuda(), cpu(), reference());
    }

    /**
     * A new backend, which the caller closes. {@link Choice#AUTO} takes the first that {@link #probe()} finds available,
     * and logs once which one and why.
     *
     * @throws BackendUnavailableException where the backend was asked for by name and cannot be used; never falls back
     */
    public static Backend select(Choice choice) {
        return switch (choice) {
            case AUTO -> selectBest();
            case CPU -> create(cpu());
            case CUDA -> create(cuda());
            case REFERENCE -> create(reference());
        };
    }

    private static Backend selectBest() {
        List<String> passedOver = new ArrayList<>();
        for (BackendStatus status : probe()) {
            switch (status) {
                case BackendStatus.Unavailable(String name, List<String> reasons) ->
                    passedOver.add("no " + name + ": " + String.join(" ", reasons));
                case BackendStatus.Available(String name, String description)
                when name.equals("cuda") && CudaLibraries.emulation().isPresent() ->
                    passedOver.add("no " + name + ": " + description + ".");
                case BackendStatus.Available available -> {
                    log(available, passedOver);
                    return create(available);
                }
            }
        }
        throw new IllegalStateException("Not even the reference backend is available, which needs nothing.");
    }

    private static void log(BackendStatus.Available chosen, List<String> passedOver) {
        if (CHOICE_LOGGED.compareAndSet(false, true)) {
            // Plain Java is slower by far: whoever runs on it unasked should hear of it.
            LOGGER.log(
                    chosen.name().equals("reference") ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
                    "Computing on {0} ({1})",
                    chosen.description(),
                    passedOver.isEmpty() ? "the fastest there is" : String.join(" ", passedOver));
        }
    }

    private static Backend create(BackendStatus status) {
        return switch (status) {
            case BackendStatus.Unavailable unavailable -> throw new BackendUnavailableException(unavailable);
            case BackendStatus.Available available ->
                switch (available.name()) {
                    case "cuda" -> new CudaBackend();
                    case "cpu" -> new CpuBackend();
                    default -> new ReferenceBackend();
                };
        };
    }

    private static BackendStatus cuda() {
        List<String> failures = CudaLibraries.failures();
        return failures.isEmpty()
                ? new BackendStatus.Available("cuda", "cuda: " + CudaLibraries.deviceDescription())
                : new BackendStatus.Unavailable("cuda", failures);
    }

    private static BackendStatus cpu() {
        Optional<String> failure = NativeLibrary.failure();
        if (failure.isPresent()) {
            return new BackendStatus.Unavailable("cpu", List.of(failure.get()));
        }
        try (CpuBackend backend = new CpuBackend()) {
            return new BackendStatus.Available(backend.name(), backend.description());
        }
    }

    private static BackendStatus reference() {
        try (ReferenceBackend backend = new ReferenceBackend()) {
            return new BackendStatus.Available(backend.name(), backend.description());
        }
    }
}
