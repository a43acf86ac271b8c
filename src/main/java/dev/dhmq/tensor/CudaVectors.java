package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Vectors in device memory, and who may use them: the current device, and the order of calls, belong to the thread that made the
 * backend.
 */
abstract sealed class CudaVectors implements Backend permits CudaBackend {
    private final Thread owner = Thread.currentThread();
    private final CudaStream stream;
    private final CudaTransfer transfer;
    private boolean closed;

    CudaVectors(CudaStream stream) {
        this.stream = stream;
        this.transfer = new CudaTransfer(stream);
    }

    final CudaStream stream() {
        return stream;
    }

    /** Waits until all work is done that was lined up so far; what failed on the device since the last time shows here. */
    public final void await() {
        requireUse();
        stream.await();
    }

    @Override
    public final DeviceVector allocate(long length) {
        requireUse();
        MemorySegment memory = CudaMemory.allocate(Lengths.requireAllocatable(length));
        try {
            if (length > 0) {
                stream.fillWithZeros(memory);
            }
            return DeviceVector.onDevice(memory, length, () -> free(memory));
        } catch (CudaException e) {
            CudaMemory.free(memory);
            throw e;
        }
    }

    private void free(MemorySegment memory) {
        requireOwner();
        CudaMemory.free(memory);
    }

    /** Device memory of somebody else's as a vector, such as a CUDA tensor's. Host memory is refused: see {@link #share}. */
    @Override
    public final DeviceVector wrap(MemorySegment memory) {
        requireUse();
        HostMemory.requireFloats(memory);
        if (!memory.isNative() || (memory.byteSize() > 0 && !CudaMemory.isOnDevice(memory))) {
            throw new IllegalArgumentException("The CUDA backend cannot compute in host memory.");
        }
        return DeviceVector.onDevice(memory, memory.byteSize() / Float.BYTES, () -> {});
    }

    @Override
    public final SharedVector share(MemorySegment memory) {
        requireUse();
        if (memory.isNative() && CudaMemory.isOnDevice(memory)) {
            return SharedVector.inPlace(wrap(memory));
        }
        HostMemory.requireFloats(memory);
        DeviceVector twin = allocate(memory.byteSize() / Float.BYTES);
        return SharedVector.copied(twin, () -> copyToHost(twin, memory), () -> copyFromHost(memory, twin));
    }

    private void copyToHost(DeviceVector from, MemorySegment memory) {
        MemorySegment device = in(from);
        if (device.byteSize() > 0) {
            stream.copyToHost(device, memory, device.byteSize());
        }
        stream.await();
    }

    private void copyFromHost(MemorySegment memory, DeviceVector to) {
        MemorySegment device = in(to);
        if (device.byteSize() > 0) {
            stream.copyToDevice(memory, device, device.byteSize());
        }
        // The memory is not pinned, but who owns it may be quicker than the driver.
        stream.await();
    }

    @Override
    public final void copy(DeviceVector from, DeviceVector to) {
        Lengths.requireEqual(from, to);
        requireNoOverlap(from, to);
        MemorySegment source = in(from);
        MemorySegment destination = in(to);
        if (source.byteSize() > 0) {
            stream.copyOnDevice(source, destination, source.byteSize());
        }
    }

    @Override
    public final void write(float[] values, DeviceVector to) {
        Lengths.require("The destination", to.length(), values.length);
        transfer.write(values, in(to));
    }

    @Override
    public final float[] read(DeviceVector from) {
        MemorySegment device = in(from);
        float[] values = new float[Lengths.requireFitsArray(from)];
        transfer.read(device, values);
        return values;
    }

    /** Working in place is fine; writing what is still to be read is not. */
    final void requireNoPartialOverlap(DeviceVector from, DeviceVector to) {
        if (in(from).address() != in(to).address()) {
            requireNoOverlap(from, to);
        }
    }

    final void requireNoOverlap(DeviceVector from, DeviceVector to) {
        if (in(from).asOverlappingSlice(in(to)).isPresent()) {
            throw new IllegalArgumentException("The results would overwrite what they are made from.");
        }
    }

    final MemorySegment in(DeviceVector vector) {
        requireUse();
        return vector.deviceMemory();
    }

    final long address(DeviceVector vector) {
        return in(vector).address();
    }

    final MemorySegment inOrNull(@Nullable DeviceVector vector) {
        return vector == null ? MemorySegment.NULL : in(vector);
    }

    final void requireUse() {
        requireOwner();
        if (closed) {
            throw new IllegalStateException("The backend is closed.");
        }
    }

    /** The current device, and the order of calls, belong to a thread. */
    final void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(
                    "The CUDA backend belongs to the thread " + owner.getName() + " that made it, but was called by "
                            + Thread.currentThread().getName() + ".");
        }
    }

    /** What the kernels hold beside vectors, given back once. */
    abstract void closeKernels();

    @Override
    public final void close() {
        requireOwner();
        if (!closed) {
            closed = true;
            transfer.close();
            closeKernels();
        }
    }
}
