package dev.dhmq.tensor;

/** The device has not as much free memory as was asked for. Nothing has been lost: the backend can still be used. */
public final class OutOfDeviceMemoryException extends CudaException {
    private static final long serialVersionUID = 1L;

    private final long wantedBytes;
    private final long freeBytes;

    OutOfDeviceMemoryException(String call, int code, long wantedBytes, long freeBytes, long totalBytes) {
        super(
                call,
                code,
                "The GPU is out of memory: " + wantedBytes + " bytes were wanted, " + freeBytes + " of its "
                        + totalBytes
                        + " are free. Use a smaller model or memory of fewer curvature pairs, or end what else runs on it.");
        this.wantedBytes = wantedBytes;
        this.freeBytes = freeBytes;
    }

    /** Bytes that were asked for. */
    public long wantedBytes() {
        return wantedBytes;
    }

    /** Bytes that were free at that moment. */
    public long freeBytes() {
        return freeBytes;
    }
}
