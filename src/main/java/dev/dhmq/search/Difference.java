package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;

/** How far a vector that changes in place has moved: s from the weights, y from the gradient. Freed unless taken. */
final class Difference implements AutoCloseable {
    private final Backend backend;
    private final DeviceVector vector;
    private boolean taken;

    private Difference(Backend backend, DeviceVector vector) {
        this.backend = backend;
        this.vector = vector;
    }

    /** Begins at the vector as it is now: holds -v. */
    static Difference since(Backend backend, DeviceVector v) {
        DeviceVector negated = backend.allocate(v.length());
        backend.axpy(-1, v, negated);
        return new Difference(backend, negated);
    }

    /** Ends at the vector as it is now: v_new - v_old, still owned here. */
    DeviceVector until(DeviceVector v) {
        backend.axpy(1, v, vector);
        return vector;
    }

    /** Its vector as it is now. */
    DeviceVector vector() {
        return vector;
    }

    /** The same vector, now owned by the caller. */
    DeviceVector take() {
        taken = true;
        return vector;
    }

    @Override
    public void close() {
        if (!taken) {
            vector.close();
        }
    }
}
