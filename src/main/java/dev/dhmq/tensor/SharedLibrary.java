package dev.dhmq.tensor;

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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A library of ours on the class path: how it is loaded, and checked to be of this release.
 *
 * @param what how sentences name it, as in {@code CPU library}
 * @param file its name, {@code libdhmq_cpu.so}
 * @param needs what the loader may miss, for the sentence where it refuses
 * @param abiFunction the function that tells its version
 */
record SharedLibrary(String what, String file, String needs, String abiFunction) {

    /** Why a library cannot be used, in one sentence. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Where it lies on the class path for this platform. */
    String resource() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return "/natives/" + system + "-" + architecture + "/" + file;
    }

    /** Whether the class path or the module path has it. */
    boolean isPresent() {
        return loader().getResource(resource().substring(1)) != null;
    }

    /** A class would look in its own module alone, but the libraries are in another. */
    private static ClassLoader loader() {
        return Objects.requireNonNull(
                SharedLibrary.class.getClassLoader(), "Only the JDK's own classes have no loader.");
    }

    /** Copies it from the class path to a temporary file, loads it for the life of the process, deletes the file. */
    SymbolLookup open(String resource) throws UnusableException {
        try (InputStream content = loader().getResourceAsStream(resource.substring(1))) {
            if (content == null) {
                throw new UnusableException(
                        "There is no " + what + " for this platform: " + resource + " is not on the class path.", null);
            }
            Path copy = Files.createTempFile(file.replace(".so", ""), ".so");
            try {
                Files.copy(content, copy, StandardCopyOption.REPLACE_EXISTING);
                return load(copy, resource);
            } finally {
                // Linux keeps a mapped file alive without its name.
                Files.deleteIfExists(copy);
            }
        } catch (IOException e) {
            throw new UnusableException(
                    "The " + what + " cannot be written to " + System.getProperty("java.io.tmpdir") + ": "
                            + e.getMessage() + "; set java.io.tmpdir to a folder with room.",
                    e);
        }
    }

    /** Loads a file for the life of the process. */
    SymbolLookup load(Path path, String shownAs) throws UnusableException {
        try {
            return SymbolLookup.libraryLookup(path, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new UnusableException(
                    "The system's loader refuses the " + what + " " + shownAs + ": " + loaderMessage(path)
                            + " (it needs " + needs + ").",
                    e);
        }
    }

    /** The loader's own words, which the lookup's exception lacks. */
    private static String loaderMessage(Path path) {
        try {
            System.load(path.toString());
            return "it was refused once and then accepted";
        } catch (UnsatisfiedLinkError e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Refuses a library that was built from another version of the header than the bindings. */
    void checkAbiVersion(SymbolLookup library, int wanted) throws UnusableException {
        MemorySegment address = library.find(abiFunction)
                .orElseThrow(() -> new UnusableException(
                        "The " + what + " has no function " + abiFunction + ": it is not DHMQ's.", null));
        int found = callAbiVersion(address);
        if (found != wanted) {
            throw new UnusableException(
                    "The " + what + " has ABI version " + found + " but this release needs " + wanted
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
