package dev.dhmq.tensor;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every backend must compute and refuse, contract by contract. */
abstract class AbstractBackendTest implements QuantizationContract, ProductsContract, KernelCallContract {
    private final Backend reference = new ReferenceBackend();
    private final List<DeviceVector> open = new ArrayList<>();
    private GuardedMemory guarded = new GuardedMemory();
    private Backend backend = reference;

    abstract Backend create();

    @BeforeEach
    void open() {
        guarded = new GuardedMemory();
        backend = create();
    }

    @AfterEach
    void close() {
        open.forEach(DeviceVector::close);
        backend.close();
        guarded.close();
    }

    @Override
    public Backend backend() {
        return backend;
    }

    @Override
    public Backend reference() {
        return reference;
    }

    @Override
    public DeviceVector vector(float... values) {
        DeviceVector vector = place(backend, guarded, values);
        open.add(vector);
        return vector;
    }

    DeviceVector place(Backend tested, GuardedMemory memory, float... values) {
        return tested.wrap(memory.of(values));
    }

    @Override
    public DeviceVector onHost(DeviceVector vector) {
        DeviceVector copy = reference.allocate(vector.length());
        open.add(copy);
        reference.write(backend.read(vector), copy);
        return copy;
    }

    @Override
    public DeviceVector zeros(long length) {
        DeviceVector vector = backend.allocate(length);
        open.add(vector);
        return vector;
    }
}
