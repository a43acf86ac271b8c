package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory, order, threads and failures of the CUDA backend, on CUDA emulated on the CPU. */
@Tag("emulated-cuda")
class CudaBackendTest {
    private static final ParameterLayout SMALL = ParameterLayout.of(
            List.of(new ParameterLayout.Shape("first", 2, 3), new ParameterLayout.Shape("second", 1, 70)));

    @BeforeEach
    void begin() {
        Emulation.reset();
        assertThat(Emulation.allocated()).isZero();
        assertThat(Emulation.handles()).isZero();
    }

    @AfterEach
    void end() {
        Emulation.reset();
    }

    /** Calls every kernel once, with everything that the host is told. */
    private static double[] useAll(CudaBackend backend, ParameterLayout layout) {
        List<DeviceVector> open = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            DeviceVector weights = put(backend, open, Inputs.normal(layout.size(), 1));
            DeviceVector gradient = put(backend, open, Inputs.normal(layout.size(), 2));
            DeviceVector out = put(backend, open, Inputs.normal(layout.size(), 3));
            DeviceVector scales = put(backend, open, new float[layout.channels()]);
            int layers = layout.layers().size();
            int[] bits = new int[layers];
            java.util.Arrays.fill(bits, 4);
            double[] ones = new double[layers];
            java.util.Arrays.fill(ones, 1);
            double[] results = new double[3 * layers];
            QuantizationParameters parameters = symmetric(scales);
            backend.searchScales(layout, bits, weights, new float[] {0.9f, 1}, parameters);
            backend.fakeQuantize(layout, bits, weights, parameters, out);
            backend.fakeQuantizeBackward(layout, bits, weights, parameters, gradient, out, null);
            PackedLayout packing = PackedLayout.of(layout, bits);
            MemorySegment packed = arena.allocate(packing.bytes());
            backend.pack(packing, weights, parameters, packed);
            backend.unpack(packing, packed, parameters, out);
            backend.perturbationProducts(layout, bits, weights, parameters, out, List.of(gradient, weights), results);
            backend.compactProducts(layout, List.of(gradient), out, new double[layers]);
            backend.segmentedDot(layout, out, gradient, new double[layers]);
            backend.axpy(2, weights, gradient);
            backend.scaleLayers(layout, ones, gradient);
            backend.fillRademacher(1, 2, out);
            backend.twoLoopRecursion(layout, List.of(out), List.of(gradient), new double[] {5}, ones, weights);
            backend.copy(weights, out);
            double[] sums = new double[layers];
            backend.segmentedDot(layout, out, out, sums);
            backend.read(out);
            return sums;
        } finally {
            open.forEach(DeviceVector::close);
        }
    }

    private static DeviceVector put(CudaBackend backend, List<DeviceVector> open, float[] values) {
        DeviceVector vector = backend.allocate(values.length);
        open.add(vector);
        backend.write(values, vector);
        return vector;
    }

    @Test
    void closingGivesBackAllMemoryAndHandles() {
        try (CudaBackend backend = new CudaBackend()) {
            useAll(backend, SMALL);
            assertThat(Emulation.allocated()).isPositive();
        }
        assertThat(Emulation.allocated()).isZero();
        assertThat(Emulation.handles()).isZero();
    }

    @Test
    void theSameBitsWhenAndInWhateverOrderTheDeviceWorks() {
        double[] first = null;
        for (boolean deferred : new boolean[] {true, false}) {
            for (int schedule : new int[] {Emulation.FORWARD, Emulation.REVERSE, Emulation.RANDOM}) {
                Emulation.reset();
                Emulation.deferred(deferred);
                Emulation.schedule(schedule, 5);
                Emulation.workers(schedule == Emulation.RANDOM ? 3 : 1);
                try (CudaBackend backend = new CudaBackend()) {
                    double[] sums = useAll(backend, Inputs.oddLayout());
                    first = first == null ? sums : first;
                    assertThat(sums)
                            .as("schedule %d, deferred %s", schedule, deferred)
                            .isEqualTo(first);
                }
            }
        }
    }

    @Test
    void callsWithoutNumbersForTheHostDoNotWait() {
        try (CudaBackend backend = new CudaBackend();
                DeviceVector x = backend.allocate(100);
                DeviceVector y = backend.allocate(100)) {
            backend.read(x);
            assertThat(Emulation.pending()).isZero();
            backend.axpy(1, x, y);
            backend.copy(y, x);
            assertThat(Emulation.pending()).isEqualTo(2);
            backend.read(y);
            assertThat(Emulation.pending()).isZero();
        }
    }

    /** More calls than slots, all put off: an argument that is overwritten before it was sent would show. */
    @Test
    void argumentsSurviveUntilTheDeviceHasThem() {
        ParameterLayout one = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, 4)));
        try (CudaBackend backend = new CudaBackend();
                DeviceVector x = backend.allocate(4)) {
            backend.write(new float[] {1, 1, 1, 1}, x);
            for (int i = 1; i <= 20; i++) {
                backend.scaleLayers(one, new double[] {i % 2 == 1 ? 3.0 : 0.5}, x);
            }
            float wanted = (float) Math.pow(1.5, 10);
            assertThat(backend.read(x)).containsExactly(wanted, wanted, wanted, wanted);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_048_575, 1_048_576, 1_048_577, 3_000_001})
    void vectorsLongerThanTheStagingMemoryArriveWhole(int length) {
        float[] values = Inputs.normal(length, 9);
        try (CudaBackend backend = new CudaBackend();
                DeviceVector vector = backend.allocate(length)) {
            backend.write(values, vector);
            float[] sent = values.clone();
            java.util.Arrays.fill(values, -1);
            assertThat(backend.read(vector)).isEqualTo(sent);
        }
    }

    @Test
    void outOfDeviceMemorySaysHowMuchAndLeavesTheBackendUsable() {
        try (CudaBackend backend = new CudaBackend();
                DeviceVector x = backend.allocate(1000)) {
            Emulation.memory(10_000);
            assertThatThrownBy(() -> backend.allocate(2000))
                    .isInstanceOfSatisfying(OutOfDeviceMemoryException.class, e -> {
                        assertThat(e.wantedBytes()).isEqualTo(8000);
                        assertThat(e.freeBytes()).isEqualTo(6000);
                        assertThat(e.call()).isEqualTo("cudaMalloc");
                        assertThat(e.code()).isEqualTo(Emulation.MEMORY_ALLOCATION);
                    })
                    .hasMessageContaining("8000 bytes were wanted, 6000 of its 10000 are free");
            try (DeviceVector y = backend.allocate(1500)) {
                assertThat(y.length()).isEqualTo(1500);
            }
            backend.write(new float[1000], x);
            assertThatThrownBy(() -> backend.allocate(1L << 40)).isInstanceOf(OutOfDeviceMemoryException.class);
        }
        assertThat(Emulation.allocated()).isZero();
    }

    @Test
    void everyFailedCallIsAnExceptionThatNamesIt() {
        for (String function : List.of(
                "cudaMalloc",
                "cudaMallocHost",
                "cudaMemcpyAsync",
                "cudaMemsetAsync",
                "cudaStreamSynchronize",
                "cudaEventRecord",
                "cudaEventSynchronize",
                "cudaEventCreateWithFlags",
                "cudaLaunchKernelExC")) {
            int failed = 0;
            for (int after = 0; after < 60; after++) {
                Emulation.reset();
                Emulation.fail(function, after, Emulation.ILLEGAL_ADDRESS, false);
                Throwable thrown = catchThrowable(() -> {
                    try (CudaBackend backend = new CudaBackend()) {
                        useAll(backend, SMALL);
                    }
                });
                if (thrown != null) {
                    failed++;
                    assertThat(thrown).as("%s, call %d", function, after).isInstanceOf(CudaException.class);
                    assertThat(thrown).hasMessageContaining("status 700, cudaErrorIllegalAddress: an illegal memory");
                    // A kernel's launch is named by the kernel.
                    assertThat(((CudaException) thrown).call())
                            .isIn(function, function.equals("cudaLaunchKernelExC") ? kernel(thrown) : function);
                }
            }
            assertThat(failed).as(function).isGreaterThan(1);
        }
    }

    private static String kernel(Throwable thrown) {
        String call = ((CudaException) thrown).call();
        return call.startsWith("dhmq_cuda_") ? call : "a kernel, not " + call;
    }

    @Test
    void afterAFaultOnTheDeviceEveryCallSaysSo() {
        CudaBackend backend = new CudaBackend();
        DeviceVector x = backend.allocate(10);
        Emulation.fail("cudaStreamSynchronize", 0, Emulation.ILLEGAL_ADDRESS, true);
        assertThatThrownBy(() -> backend.segmentedDot(
                        ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, 10))), x, x, new double[1]))
                .isInstanceOf(CudaException.class);
        assertThatThrownBy(() -> backend.read(x)).isInstanceOf(CudaException.class);
        assertThatThrownBy(() -> backend.allocate(1)).isInstanceOf(CudaException.class);
        Emulation.reset();
        x.close();
        backend.close();
    }

    @Test
    void anotherThreadIsRefusedBeforeTheCall() throws InterruptedException {
        try (CudaBackend backend = new CudaBackend();
                DeviceVector x = backend.allocate(10)) {
            for (Runnable use : List.<Runnable>of(
                    () -> backend.axpy(1, x, x), () -> backend.allocate(1), x::close, backend::close)) {
                AtomicReference<Throwable> thrown = new AtomicReference<>();
                Thread other = new Thread(() -> thrown.set(catchThrowable(use::run)), "other");
                other.start();
                other.join();
                assertThat(thrown.get())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("belongs to the thread ")
                        .hasMessageContaining("was called by other");
            }
        }
    }

    @Test
    void hostMemoryAndVectorsOfOtherBackendsAreRefused() {
        try (CudaBackend backend = new CudaBackend();
                CpuBackend cpu = new CpuBackend();
                Arena arena = Arena.ofConfined();
                DeviceVector here = backend.allocate(8);
                DeviceVector there = cpu.allocate(8)) {
            assertThatThrownBy(() -> backend.wrap(arena.allocate(32, 4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("The CUDA backend cannot compute in host memory.");
            assertThatThrownBy(() -> backend.wrap(MemorySegment.ofArray(new float[8])))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> backend.copy(there, here))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("lies in host memory");
            assertThatThrownBy(() -> cpu.copy(there, here))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("lies in a GPU's memory");
            assertThatThrownBy(() -> cpu.read(here)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** As a CUDA tensor of LibTorch's would be: somebody else's device memory, used where it is. */
    @Test
    void deviceMemoryOfAnotherLibraryIsUsedInPlace() {
        try (CudaBackend backend = new CudaBackend();
                DeviceVector tensor = backend.allocate(8)) {
            DeviceVector wrapped = backend.wrap(tensor.memory().asSlice(8, 16));
            backend.write(new float[] {1, 2, 3, 4}, wrapped);
            wrapped.close();
            assertThat(backend.read(tensor)).containsExactly(0, 0, 1, 2, 3, 4, 0, 0);
            try (SharedVector shared = backend.share(tensor.memory())) {
                backend.axpy(1, shared.vector(), shared.vector());
            }
            assertThat(backend.read(tensor)).containsExactly(0, 0, 2, 4, 6, 8, 0, 0);
        }
    }

    @Test
    void hostMemoryIsSharedThroughACopyThatBothSidesBringUpToDate() {
        try (CudaBackend backend = new CudaBackend();
                Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_FLOAT, 1, 2, 3);
            try (SharedVector shared = backend.share(host)) {
                shared.fetch();
                backend.axpy(1, shared.vector(), shared.vector());
                assertThat(host.toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT))
                        .containsExactly(1, 2, 3);
                shared.publish();
                assertThat(host.toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT))
                        .containsExactly(2, 4, 6);
            }
        }
        assertThat(Emulation.allocated()).isZero();
    }

    @Test
    void resultsThatOverlapWhatTheyAreMadeFromAreRefused() {
        ParameterLayout four = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, 4)));
        try (CudaBackend backend = new CudaBackend();
                DeviceVector memory = backend.allocate(8);
                DeviceVector scale = backend.allocate(1)) {
            DeviceVector low = memory.slice(0, 4);
            DeviceVector middle = memory.slice(2, 4);
            DeviceVector high = memory.slice(4, 4);
            int[] bits = {4};
            QuantizationParameters parameters = symmetric(scale);
            backend.fakeQuantize(four, bits, low, parameters, low);
            backend.fakeQuantize(four, bits, low, parameters, high);
            refused(() -> backend.fakeQuantize(four, bits, low, parameters, middle));
            refused(() -> backend.fakeQuantizeBackward(four, bits, low, parameters, high, low, null));
            refused(() -> backend.fakeQuantizeBackward(four, bits, high, parameters, low, middle, null));
            refused(() -> backend.copy(low, middle));
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The results would overwrite what they are made from.");
    }

    @Test
    void aClosedBackendIsRefusedAndClosingTwiceIsHarmless() {
        CudaBackend backend = new CudaBackend();
        backend.close();
        backend.close();
        assertThatThrownBy(() -> backend.allocate(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The backend is closed.");
    }

    @Test
    void itSaysThatItIsAnEmulation() {
        try (CudaBackend backend = new CudaBackend()) {
            assertThat(backend.name()).isEqualTo("cuda");
            assertThat(backend.description()).isEqualTo("cuda: CUDA emulated on the CPU: for tests, not a GPU");
        }
    }
}
