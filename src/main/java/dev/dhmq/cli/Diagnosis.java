package dev.dhmq.cli;

import dev.dhmq.model.LibTorch;
import dev.dhmq.tensor.BackendStatus;
import dev.dhmq.tensor.Backends;
import java.io.IOException;
import java.util.List;

/**
 * What {@code dhmq doctor} found.
 *
 * @param dhmq this program's version
 * @param machine what it runs on
 * @param libTorch the library that runs the detectors
 * @param backends where the search can run, the fastest first
 */
record Diagnosis(String dhmq, Machine machine, Part libTorch, List<BackendStatus> backends) {
    static Diagnosis here() throws IOException {
        return new Diagnosis(Version.number(), Machine.here(), probeLibTorch(), Backends.probe());
    }

    /**
     * One part of the program that may fail to load.
     *
     * @param available whether it can be used
     * @param words its version, or why it cannot be used
     */
    record Part(boolean available, String words) {}

    private static Part probeLibTorch() {
        try {
            LibTorch.load();
            return new Part(true, LibTorch.version());
        } catch (IOException | LinkageError e) {
            // A doctor reports what is broken instead of failing of it.
            return new Part(false, e.toString());
        }
    }
}
