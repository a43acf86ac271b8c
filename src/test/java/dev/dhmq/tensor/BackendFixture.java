package dev.dhmq.tensor;

import java.util.List;

/** A backend under test, the reference beside it, and vectors in the backend's memory that are closed when a test ends. */
interface BackendFixture {
    ParameterLayout TWO_LAYERS = ParameterLayout.of(
            List.of(new ParameterLayout.Shape("first", 2, 3), new ParameterLayout.Shape("second", 1, 2)));

    Backend backend();

    Backend reference();

    /** Values in the backend's memory, where it can be on the host flush against a page that must not be touched. */
    DeviceVector vector(float... values);

    DeviceVector zeros(long length);

    /** The vector's values as they are now, for the reference. */
    DeviceVector onHost(DeviceVector vector);

    default List<DeviceVector> onHost(List<DeviceVector> vectors) {
        return vectors.stream().map(this::onHost).toList();
    }

    default DeviceVector normal(long length, long seed) {
        return vector(Inputs.normal(length, seed));
    }
}
