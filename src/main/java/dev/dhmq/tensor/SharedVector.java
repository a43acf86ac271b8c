package dev.dhmq.tensor;

/**
 * A vector whose values a library outside the backend has in memory of its own, such as LibTorch's weights. Where the backend
 * can compute in that memory there is one array; otherwise there are two, and whoever has changed one brings the other up to
 * date. As safe for threads as the backend that made it.
 */
public final class SharedVector implements AutoCloseable {
    private final DeviceVector vector;
    private final Runnable publish;
    private final Runnable fetch;

    private SharedVector(DeviceVector vector, Runnable publish, Runnable fetch) {
        this.vector = vector;
        this.publish = publish;
        this.fetch = fetch;
    }

    static SharedVector inPlace(DeviceVector vector) {
        return new SharedVector(vector, () -> {}, () -> {});
    }

    static SharedVector copied(DeviceVector twin, Runnable publish, Runnable fetch) {
        return new SharedVector(twin, publish, fetch);
    }

    /** The backend's side; owned by this. */
    public DeviceVector vector() {
        return vector;
    }

    /** Lets the other library see what the backend has written. Returns when it can. */
    public void publish() {
        publish.run();
    }

    /** Lets the backend see what the other library has written. */
    public void fetch() {
        fetch.run();
    }

    @Override
    public void close() {
        vector.close();
    }
}
