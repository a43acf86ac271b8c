package dev.dhmq.tensor;

import dev.dhmq.bindings.LibrarySymbols;
import dev.dhmq.bindings.dhmq.Dhmq;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
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
    private static @Nullable Outcome outcome;

    private NativeLibrary() {}

    /** What came of loading: null is success. */
    private record Outcome(@Nullable String failure) {}

    /** Why a library cannot be used, in one sentence. */
    static final class UnusableLibraryException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableLibraryException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Loads the library if that has not been tried yet, and says why it cannot be used; empty when it can. */
    static synchronized Optional<String> failure() {
        if (outcome == null) {
            outcome = load();
        }
        return Optional.ofNullable(outcome.failure());
    }

    private static Outcome load() {
        try {
            SymbolLookup library = open(resource());
            checkAbiVersion(library, Dhmq.DHMQ_ABI_VERSION());
            LibrarySymbols.DHMQ.bind(library);
            return new Outcome(null);
        } catch (UnusableLibraryException e) {
            return new Outcome(e.getMessage());
        }
    }

    private static String resource() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return "/natives/" + system + "-" + architecture + "/libdhmq_cpu.so";
    }

    /** Copies a library from the class path to a temporary file, loads it for the life of the process, deletes the file. */
    static SymbolLookup open(String resource) throws UnusableLibraryException {
        try (InputStream content = NativeLibrary.class.getResourceAsStream(resource)) {
            if (content == null) {
                throw new UnusableLibraryException(
                        "There is no CPU library for this platform: " + resource + " is not on the class path.", null);
            }
            Path file = Files.createTempFile("libdhmq_cpu", ".so");
            try {
                Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
                return load(file, resource);
            } finally {
                // Linux keeps a mapped file alive without its name.
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UnusableLibraryException(
                    "The CPU library cannot be written to " + System.getProperty("java.io.tmpdir") + ": "
                            + e.getMessage() + "; set java.io.tmpdir to a folder with room.",
                    e);
        }
    }

    private static SymbolLookup load(Path file, String resource) throws UnusableLibraryException {
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new UnusableLibraryException(
                    "The system's loader refuses the CPU library " + resource + ": " + loaderMessage(file)
                            + " (it needs libgomp.so.1, and a temporary folder that programs may be run from).",
                    e);
        }
    }

    /** The loader's own words, which the lookup's exception lacks. */
    private static String loaderMessage(Path file) {
        try {
            System.load(file.toString());
            return "it was refused once and then accepted";
        } catch (UnsatisfiedLinkError e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Refuses a library that was built from another version of the header than the bindings. */
    static void checkAbiVersion(SymbolLookup library, int wanted) throws UnusableLibraryException {
        MemorySegment address = library.find("dhmq_abi_version")
                .orElseThrow(() -> new UnusableLibraryException(
                        "The CPU library has no function dhmq_abi_version: it is not DHMQ's.", null));
        int found = callAbiVersion(address);
        if (found != wanted) {
            throw new UnusableLibraryException(
                    "The CPU library has ABI version " + found + " but this release needs " + wanted
                            + ": the dhmq and dhmq-native jars on the class path are of different releases.",
                    null);
        }
    }

    private static int callAbiVersion(MemorySegment address) {
        try {
            return (int) Linker.nativeLinker()
                    .downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT))
                    .invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("A downcall throws no checked exception.", e);
        }
    }
}
