package dev.dhmq.eval.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * The highest resident memory of this process since a moment: Linux's {@code VmHWM}, which can be set back to what is
 * resident now. What earlier work has left in the allocators counts.
 */
final class PeakMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");

    /** See proc(5). */
    private static final String RESET_PEAK = "5";

    private static final String KEY = "VmHWM:";

    private PeakMemory() {}

    /** Counts from now on. False where the system does not allow it, and the peak stays that of the whole process. */
    static boolean restart() {
        try {
            Files.writeString(CLEAR, RESET_PEAK);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The peak in bytes; empty on other systems than Linux. */
    static OptionalLong bytes() {
        List<String> lines;
        try {
            lines = Files.readAllLines(STATUS);
        } catch (IOException e) {
            return OptionalLong.empty();
        }
        return lines.stream()
                .filter(line -> line.startsWith(KEY))
                .map(line -> line.substring(KEY.length()).replace("kB", "").strip())
                .mapToLong(kilobytes -> 1024 * Long.parseLong(kilobytes))
                .findFirst();
    }
}
