package dev.dhmq.tensor;

import dev.dhmq.bindings.LibrarySymbols;
import dev.dhmq.bindings.dhmq.Dhmq;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The CPU kernels' shared library: taken from the class path, checked and bound once for the process, when it is first
 * asked for and never in a static initialiser.
 *
 * <p>The library needs {@code libgomp.so.1}, by that name and no path: where LibTorch was loaded before, that is the one
 * LibTorch brings, so that no other need be installed; elsewhere it is the system's (Debian: {@code libgomp1}), which
 * LibTorch then uses too. Either way there is one pool of threads.
 */
final class NativeLibrary {
    static final SharedLibrary LIBRARY = new SharedLibrary(
            "CPU library",
            "libdhmq_cpu.so",
            "libgomp.so.1, and a temporary folder that programs may be run from",
            "dhmq_abi_version");

    private static @Nullable Outcome outcome;

    private NativeLibrary() {}

    /** What came of loading: null is success. */
    private record Outcome(@Nullable String failure) {}

    /** Loads the library if that has not been tried yet, and says why it cannot be used; empty when it can. */
    static synchronized Optional<String> failure() {
        if (outcome == null) {
            outcome = load();
        }
        return Optional.ofNullable(outcome.failure());
    }

    private static Outcome load() {
        try {
            SymbolLookup library = LIBRARY.open(LIBRARY.resource());
            LIBRARY.checkAbiVersion(library, Dhmq.DHMQ_ABI_VERSION());
            LibrarySymbols.DHMQ.bind(library);
            return new Outcome(null);
        } catch (SharedLibrary.UnusableException e) {
            return new Outcome(e.getMessage());
        }
    }
}
