package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.bindings.LibrarySymbols;
import dev.dhmq.bindings.cublas.Cublas;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Our sums and updates beside cuBLAS', in the same memory and the same stream. */
abstract class AbstractCublasTest {
    private static final int LENGTH = 5000;
    private static final int COLUMNS = 3;
    private static final ParameterLayout ONE_LAYER =
            ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, LENGTH)));

    private final Arena arena = Arena.ofConfined();
    private final List<DeviceVector> open = new ArrayList<>();
    private CudaBackend backend;
    private MemorySegment handle;

    abstract CudaBackend create();

    @BeforeEach
    void open() {
        backend = create();
        List<String> reasons = new ArrayList<>();
        SymbolLookup library = CudaLibraries.CUBLAS
                .open("cuBLAS", reasons)
                .orElseThrow(() -> new AssertionError(String.join(" ", reasons)));
        LibrarySymbols.CUBLAS.bind(library);
        MemorySegment place = arena.allocate(ADDRESS);
        check(Cublas.cublasCreate_v2(place));
        handle = place.get(ADDRESS, 0);
        check(Cublas.cublasSetStream_v2(handle, MemorySegment.NULL));
    }

    @AfterEach
    void close() {
        check(Cublas.cublasDestroy_v2(handle));
        open.forEach(DeviceVector::close);
        backend.close();
        arena.close();
    }

    private static void check(int status) {
        assertThat(status)
                .as(() -> Cublas.cublasGetStatusString(status).getString(0))
                .isEqualTo(Cublas.CUBLAS_STATUS_SUCCESS());
    }

    private DeviceVector normal(int length, long seed) {
        DeviceVector vector = backend.allocate(length);
        open.add(vector);
        backend.write(Inputs.normal(length, seed), vector);
        return vector;
    }

    private MemorySegment number(float value) {
        return arena.allocateFrom(JAVA_FLOAT, value);
    }

    @Test
    void dots() {
        DeviceVector x = normal(LENGTH, 1);
        DeviceVector y = normal(LENGTH, 2);
        double[] ours = new double[1];
        backend.segmentedDot(ONE_LAYER, x, y, ours);
        MemorySegment theirs = number(0);
        check(Cublas.cublasSdot_v2_64(handle, LENGTH, x.memory(), 1, y.memory(), 1, theirs));
        // 5,000 float additions of numbers about one.
        assertThat(theirs.get(JAVA_FLOAT, 0)).isCloseTo((float) ours[0], within(5e-3f));
    }

    @Test
    void updates() {
        DeviceVector x = normal(LENGTH, 3);
        DeviceVector ours = normal(LENGTH, 4);
        DeviceVector theirs = normal(LENGTH, 4);
        backend.axpy(0.3f, x, ours);
        check(Cublas.cublasSaxpy_v2_64(handle, LENGTH, number(0.3f), x.memory(), 1, theirs.memory(), 1));
        float[] found = backend.read(theirs);
        float[] wanted = backend.read(ours);
        for (int i = 0; i < LENGTH; i++) {
            // Theirs may round once where ours rounds twice.
            assertThat(found[i]).isCloseTo(wanted[i], within(4 * 0x1p-23f));
        }
    }

    @Test
    void compactProducts() {
        DeviceVector matrix = normal(LENGTH * COLUMNS, 5);
        DeviceVector x = normal(LENGTH, 6);
        List<DeviceVector> columns = new ArrayList<>();
        for (int k = 0; k < COLUMNS; k++) {
            columns.add(matrix.slice((long) k * LENGTH, LENGTH));
        }
        double[] ours = new double[COLUMNS];
        backend.compactProducts(ONE_LAYER, columns, x, ours);
        DeviceVector theirs = normal(COLUMNS, 7);
        check(Cublas.cublasSgemv_v2_64(
                handle,
                Cublas.CUBLAS_OP_T(),
                LENGTH,
                COLUMNS,
                number(1),
                matrix.memory(),
                LENGTH,
                x.memory(),
                1,
                number(0),
                theirs.memory(),
                1));
        float[] found = backend.read(theirs);
        for (int k = 0; k < COLUMNS; k++) {
            assertThat(found[k]).isCloseTo((float) ours[k], within(5e-3f));
        }
    }
}
