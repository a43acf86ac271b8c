package dev.dhmq.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A library of CUDA's, and where it is looked for.
 *
 * @param file its name with the version that it has to have
 * @param property the system property that names another file
 * @param variable the environment variable that does where the property is not set
 */
record CudaFile(String file, String property, String variable) {

    /** The file that the user names, if there is one. */
    Optional<Path> named() {
        return Stream.of(System.getProperty(property), System.getenv(variable))
                .filter(name -> name != null && !name.isBlank())
                .findFirst()
                .map(Path::of);
    }

    /** Loads it for the life of the process, or adds the reason why it cannot be. */
    Optional<SymbolLookup> open(String what, List<String> reasons) {
        Optional<Path> named = named();
        if (named.isPresent()) {
            Optional<SymbolLookup> library = load(named.get().toAbsolutePath().toString());
            if (library.isEmpty()) {
                reasons.add(what + " cannot be loaded from " + named.get() + ", which " + property + " or " + variable
                        + " names: it is no library of this platform's, or not there.");
            }
            return library;
        }
        Optional<SymbolLookup> found = Stream.concat(Stream.of(file), folders().map(folder -> folder + "/" + file))
                .map(CudaFile::load)
                .flatMap(Optional::stream)
                .findFirst();
        if (found.isEmpty()) {
            reasons.add(what + " was not found: " + file + " is neither where the system's loader looks nor in "
                    + String.join(", ", folders().toList()) + "; install CUDA 13, or let " + property + " or "
                    + variable
                    + " name the file.");
        }
        return found;
    }

    private static Stream<String> folders() {
        return Stream.concat(
                Stream.of("CUDA_HOME", "CUDA_PATH")
                        .map(System::getenv)
                        .filter(Objects::nonNull)
                        .map(home -> home + "/lib64"),
                Stream.of("/usr/local/cuda/lib64"));
    }

    private static Optional<SymbolLookup> load(String name) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
