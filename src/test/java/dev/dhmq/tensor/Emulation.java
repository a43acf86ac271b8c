package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** What a test may ask of CUDA emulated on the CPU: native/emulation/emulation.h. The build names its libraries to the tests. */
final class Emulation {
    static final int FORWARD = 0;
    static final int REVERSE = 1;
    static final int RANDOM = 2;

    static final int MEMORY_ALLOCATION = 2;
    static final int ILLEGAL_ADDRESS = 700;

    private static final SymbolLookup RUNTIME =
            SymbolLookup.libraryLookup(Path.of(System.getProperty("dhmq.cudart")), Arena.global());

    private static final MethodHandle RESET = handle("dhmq_emulation_reset");
    private static final MethodHandle SET_SCHEDULE = handle("dhmq_emulation_set_schedule", JAVA_INT, JAVA_LONG);
    private static final MethodHandle SET_WORKERS = handle("dhmq_emulation_set_workers", JAVA_INT);
    private static final MethodHandle SET_DEFERRED = handle("dhmq_emulation_set_deferred", JAVA_INT);
    private static final MethodHandle SET_MEMORY = handle("dhmq_emulation_set_memory", JAVA_LONG);
    private static final MethodHandle FAIL = handle("dhmq_emulation_fail", ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle ALLOCATED = question("dhmq_emulation_allocated");
    private static final MethodHandle HANDLES = question("dhmq_emulation_handles");
    private static final MethodHandle PENDING = question("dhmq_emulation_pending");

    private Emulation() {}

    private static MethodHandle handle(String name, MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(RUNTIME.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
    }

    private static MethodHandle question(String name) {
        return Linker.nativeLinker().downcallHandle(RUNTIME.findOrThrow(name), FunctionDescriptor.of(JAVA_LONG));
    }

    /** As it is at first, whatever the test before has left; the libraries are those that the backend uses. */
    static void reset() {
        assertThat(CudaLibraries.failures()).isEmpty();
        assertThat(CudaLibraries.emulation()).isPresent();
        call(RESET);
    }

    static void schedule(int schedule, long seed) {
        call(SET_SCHEDULE, schedule, seed);
    }

    static void workers(int workers) {
        call(SET_WORKERS, workers);
    }

    static void deferred(boolean deferred) {
        call(SET_DEFERRED, deferred ? 1 : 0);
    }

    static void memory(long bytes) {
        call(SET_MEMORY, bytes);
    }

    /** The call of this function after so many more fails, and where it sticks everything after it. */
    static void fail(String function, int after, int status, boolean sticks) {
        try (Arena arena = Arena.ofConfined()) {
            call(FAIL, arena.allocateFrom(function), after, status, sticks ? 1 : 0);
        }
    }

    /** Bytes of device and pinned memory. */
    static long allocated() {
        return ask(ALLOCATED);
    }

    /** Streams and events. */
    static long handles() {
        return ask(HANDLES);
    }

    /** Pieces of work that were put off. */
    static long pending() {
        return ask(PENDING);
    }

    private static void call(MethodHandle handle, Object... arguments) {
        try {
            handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static long ask(MethodHandle handle) {
        try {
            return (long) handle.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
