package dev.dhmq.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory for a call's small arguments, kept from call to call so that the hot path allocates nothing. */
final class NativeBuffer implements AutoCloseable {
    private static final long SMALLEST = 1024;
    private static final long ALIGNMENT = 8;

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private boolean closed;

    /**
     * At least this many bytes with whatever was in them; a later call may free them.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    @SuppressWarnings("MustBeClosedChecker") // The buffer owns the arena and closes it.
    MemorySegment reserve(long bytes) {
        if (closed) {
            throw new IllegalStateException("The backend is closed.");
        }
        if (memory.byteSize() < Math.max(bytes, SMALLEST)) {
            Arena larger = Arena.ofShared();
            memory = larger.allocate(Math.max(2 * memory.byteSize(), Math.max(bytes, SMALLEST)), ALIGNMENT);
            arena.close();
            arena = larger;
        }
        return memory;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
