package dev.dhmq.cli;

import dev.dhmq.model.LibTorch;
import java.io.IOException;

/**
 * What {@code dhmq doctor} found.
 *
 * @param dhmq this program's version
 * @param machine what it runs on
 * @param libTorch the library that runs the detectors
 */
record Diagnosis(String dhmq, Machine machine, Part libTorch) {
    static Diagnosis here() throws IOException {
        return new Diagnosis(Version.number(), Machine.here(), probeLibTorch());
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
