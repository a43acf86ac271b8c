package dev.dhmq.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Floats that end exactly where a page begins that may not be touched: native code that reads or writes one float too far
 * ends the test's process.
 */
final class GuardedMemory implements AutoCloseable {
    private static final long PAGE = 4096;
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private static final MethodHandle MMAP = handle(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = handle(
            "mprotect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP =
            handle("munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

    private final Arena arena = Arena.ofConfined();

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }

    /** These values, flush against the forbidden page. */
    MemorySegment of(float... values) {
        long bytes = (long) Float.BYTES * values.length;
        long body = (bytes + PAGE - 1) / PAGE * PAGE;
        MemorySegment mapping = map(body + PAGE);
        protect(mapping.asSlice(body, PAGE));
        MemorySegment floats = mapping.asSlice(body - bytes, bytes);
        MemorySegment.copy(values, 0, floats, ValueLayout.JAVA_FLOAT, 0, values.length);
        return floats;
    }

    private MemorySegment map(long bytes) {
        try {
            MemorySegment address = (MemorySegment)
                    MMAP.invokeExact(MemorySegment.NULL, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (address.address() == -1) {
                throw new IllegalStateException("mmap of " + bytes + " bytes failed");
            }
            return address.reinterpret(bytes, arena, mapping -> unmap(mapping, bytes));
        } catch (Throwable e) {
            throw new AssertionError("mmap failed", e);
        }
    }

    private static void protect(MemorySegment page) {
        try {
            if ((int) MPROTECT.invokeExact(page, page.byteSize(), PROT_NONE) != 0) {
                throw new IllegalStateException("mprotect failed");
            }
        } catch (Throwable e) {
            throw new AssertionError("mprotect failed", e);
        }
    }

    private static void unmap(MemorySegment mapping, long bytes) {
        try {
            if ((int) MUNMAP.invokeExact(mapping, bytes) != 0) {
                throw new IllegalStateException("munmap failed");
            }
        } catch (Throwable e) {
            throw new AssertionError("munmap failed", e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
