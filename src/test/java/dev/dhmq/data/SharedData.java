package dev.dhmq.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The data sets kept beside the project, which tests read and the project never contains. */
public final class SharedData {
    private SharedData() {}

    /** A file or folder of them; skips the test, with a message, where it is absent. */
    public static Path at(String relative) {
        Path path = Path.of(System.getProperty("dhmq.shared", "../shared"), "data", relative)
                .normalize();
        Assumptions.assumeTrue(Files.exists(path), () -> "Skipped: " + path + " is not on this machine.");
        return path;
    }
}
