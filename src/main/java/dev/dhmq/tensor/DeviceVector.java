package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A vector of float32 in a backend's memory: host memory for the CPU and reference backends, device memory for CUDA.
 *
 * <p>Either allocated by a {@link Backend}, which it then owns and frees on {@link #close()}, or wrapped around memory
 * that belongs to somebody else, who keeps it alive for as long as the vector is used. Closing twice is harmless. Not
 * safe for use by several threads at once.
 */
public final class DeviceVector implements LayerVector {
    private final MemorySegment memory;
    private final long length;
    private final boolean onDevice;
    private final Runnable release;
    private boolean closed;

    private DeviceVector(MemorySegment memory, long length, boolean onDevice, Runnable release) {
        this.memory = memory;
        this.length = length;
        this.onDevice = onDevice;
        this.release = release;
    }

    static DeviceVector onHost(MemorySegment memory, long length, Runnable release) {
        return new DeviceVector(memory, length, false, release);
    }

    static DeviceVector onDevice(MemorySegment memory, long length, Runnable release) {
        return new DeviceVector(memory, length, true, release);
    }

    /** Number of floats. */
    public long length() {
        return length;
    }

    /**
     * The floats' memory, {@code 4 * length()} bytes. Only the backend that made the vector may read or write through it:
     * a CUDA vector's segment is an address on the device.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public MemorySegment memory() {
        if (closed) {
            throw new IllegalStateException("This vector of " + length + " floats is closed.");
        }
        return memory;
    }

    /** The same, refused where the host could not read it. */
    MemorySegment hostMemory() {
        if (onDevice) {
            throw new IllegalArgumentException("This vector of " + length + " floats lies in a GPU's memory.");
        }
        return memory();
    }

    /** The same, refused where a GPU could not read it. */
    MemorySegment deviceMemory() {
        if (!onDevice) {
            throw new IllegalArgumentException("This vector of " + length + " floats lies in host memory.");
        }
        return memory();
    }

    /**
     * Some of the floats, in the same memory: valid for as long as this vector is open, and nothing to be closed.
     *
     * @throws IndexOutOfBoundsException where the vector does not reach that far
     */
    public DeviceVector slice(long begin, long count) {
        MemorySegment part = memory().asSlice(Float.BYTES * begin, Float.BYTES * count);
        return new DeviceVector(part, count, onDevice, () -> {});
    }

    @Override
    public DeviceVector values() {
        return this;
    }

    @Override
    public long begin(ParameterLayout layout, int layer) {
        return layout.layer(layer).offset();
    }

    @Override
    public void requireFits(String what, ParameterLayout layout) {
        Lengths.require(what, length, layout.size());
    }

    @Override
    public void close() {
        if (!closed) {
            release.run();
            closed = true;
        }
    }
}
