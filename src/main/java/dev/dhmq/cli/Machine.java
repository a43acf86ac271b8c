package dev.dhmq.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * What this process runs on.
 *
 * @param java version and maker of the JDK
 * @param os name, version and architecture
 * @param cores processors this process may use
 * @param memoryBytes of the machine, or of the container this process is in
 * @param heapBytes most that Java objects may take; tensors lie outside of the heap
 * @param cpu the processor; null where the system does not say
 */
record Machine(
        String java,
        String os,
        int cores,
        long memoryBytes,
        long heapBytes,
        @Nullable CpuInfo cpu) {
    static Machine here() {
        return new Machine(
                Runtime.version() + ", " + System.getProperty("java.vendor"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                        .getTotalMemorySize(),
                Runtime.getRuntime().maxMemory(),
                processor());
    }

    private static @Nullable CpuInfo processor() {
        try {
            return CpuInfo.read();
        } catch (IOException e) {
            // Not Linux: the native parts will say so by themselves.
            return null;
        }
    }
}
