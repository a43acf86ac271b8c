package dev.dhmq.cli;

import java.util.Locale;

/** Which kernels do the work. */
enum BackendChoice {
    /** The fastest that is there. */
    AUTO,
    /** The native library on the processor. */
    CPU,
    /** The native library on an NVIDIA device. */
    CUDA,
    /** Plain Java. */
    REFERENCE;

    /** As users write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
