package dev.dhmq.benchmarks;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.BackendUnavailableException;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.CudaBackend;
import dev.dhmq.tensor.LayerVector;
import dev.dhmq.tensor.ParameterLayout;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The CUDA kernels on RetinaNet-ResNet50's layers: what they move, what that takes at least at the memory's nominal bandwidth
 * (the roofline), and what it takes where there is a GPU. Emulated CUDA is refused: its times say nothing.
 * {@code benchmarks/gpu.sh} runs it.
 */
public final class GpuBenchmark {
    private static final int CHECKED_SIZE = 1 << 19;
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 9;
    private static final int CALLS_A_ROUND = 20;

    /** Nominal bandwidths to compute with where there is no GPU, in bytes a second, from the makers' data sheets. */
    private static final Map<String, Double> DATA_SHEETS = new LinkedHashMap<>();

    static {
        DATA_SHEETS.put("A100 80 GB (SXM)", 2.039e12);
        DATA_SHEETS.put("H100 (SXM)", 3.35e12);
        DATA_SHEETS.put("H200", 4.8e12);
    }

    private GpuBenchmark() {}

    private interface Call {
        void on(KernelInputs inputs);
    }

    /** One kernel: the floats it reads and writes for every weight, and a call of it. */
    private record Kernel(String name, int floats, Call call) {}

    /** With ten curvature pairs; sliced as a search keeps them, each step stored for the one layer that moved. */
    private static final List<Kernel> KERNELS = List.of(
            new Kernel("copy", 2, in -> in.backend.copy(in.weights, in.out)),
            new Kernel(
                    "fake quantize",
                    2,
                    in -> in.backend.fakeQuantize(in.layout, in.bits, in.weights, in.parameters, in.out)),
            new Kernel(
                    "fake quantize backward",
                    3,
                    in -> in.backend.fakeQuantizeBackward(
                            in.layout, in.bits, in.weights, in.parameters, in.current, in.out, in.scaleGradients)),
            // One pass for the ranges, one for every eight ratios; arithmetic, not memory, is the limit.
            new Kernel(
                    "scale search, 16 ratios",
                    3,
                    in -> in.backend.searchScales(in.layout, in.bits, in.weights, in.ratios, in.parameters)),
            new Kernel("perturbation products, whole steps", 22, in -> products(in, in.wholeVectors())),
            new Kernel("perturbation products, sliced steps", 12, in -> products(in, in.slicedVectors())),
            new Kernel(
                    "compact products, 10 vectors",
                    11,
                    in -> in.backend.compactProducts(in.layout, in.changes, in.weights, in.tenRows)),
            new Kernel("segmented dot", 2, in -> in.backend.segmentedDot(in.layout, in.weights, in.current, in.dots)),
            new Kernel("axpy", 3, in -> in.backend.axpy(1e-9f, in.weights, in.out)),
            new Kernel("Rademacher probe", 1, in -> in.backend.fillRademacher(1, 2, in.out)),
            // g and S; g twice and Y twice; g twice and S.
            new Kernel(
                    "two-loop recursion, whole steps",
                    45,
                    in -> in.backend.twoLoopRecursion(in.layout, in.steps, in.changes, in.products, in.ones, in.out)),
            new Kernel(
                    "two-loop recursion, sliced steps",
                    24,
                    in -> in.backend.twoLoopRecursion(
                            in.layout, in.slicedSteps, in.changes, in.products, in.ones, in.out)));

    private static void products(KernelInputs in, List<LayerVector> vectors) {
        in.backend.perturbationProducts(in.layout, in.bits, in.weights, in.parameters, in.current, vectors, in.rows);
    }

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        ParameterLayout layout = Networks.named("retinanet-r50");
        out.printf(
                Locale.ROOT,
                "RetinaNet-ResNet50: %,d weights, %d layers%n%n",
                layout.size(),
                layout.layers().size());
        try (Backend backend = Backends.select(Backends.Choice.CUDA)) {
            if (!(backend instanceof CudaBackend cuda) || cuda.isEmulated()) {
                throw new IllegalStateException("Not measured: this is " + backend.description() + ".");
            }
            measure(cuda, layout, out);
        } catch (BackendUnavailableException e) {
            out.printf("Not run: %s%n%n", String.join(" ", e.reasons()));
            compute(layout, out);
        }
    }

    private static void measure(CudaBackend backend, ParameterLayout layout, PrintStream out) {
        Agreement.requireWithReference(backend, Networks.convolutions(CHECKED_SIZE));
        double bandwidth = backend.nominalBandwidth();
        out.printf(Locale.ROOT, "Measured on %s, %.2f TB/s nominal%n%n", backend.description(), bandwidth / 1e12);
        out.println("| kernel | MB moved | roofline | measured | of the roofline |");
        out.println("|---|---|---|---|---|");
        try (KernelInputs inputs = new KernelInputs(backend, layout)) {
            for (Kernel kernel : KERNELS) {
                double bytes = bytes(kernel, layout);
                double least = bytes / bandwidth;
                double seconds = median(backend, () -> kernel.call().on(inputs));
                out.printf(
                        Locale.ROOT,
                        "| %s | %,.0f | %,.1f us | %,.1f us | %.2f |%n",
                        kernel.name(),
                        bytes / 1e6,
                        least * 1e6,
                        seconds * 1e6,
                        least / seconds);
            }
        }
    }

    /** Of rounds of calls that are waited for together: single ones would be mostly the wait. */
    private static double median(CudaBackend backend, Runnable call) {
        for (int i = 0; i < WARM_UP; i++) {
            call.run();
        }
        backend.await();
        double[] seconds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            for (int i = 0; i < CALLS_A_ROUND; i++) {
                call.run();
            }
            backend.await();
            seconds[round] = (System.nanoTime() - begin) * 1e-9 / CALLS_A_ROUND;
        }
        Arrays.sort(seconds);
        return seconds[ROUNDS / 2];
    }

    private static void compute(ParameterLayout layout, PrintStream out) {
        out.println("Computed, not measured: bytes moved over nominal bandwidth.");
        out.println();
        out.println("| kernel | MB moved | " + String.join(" | ", DATA_SHEETS.keySet()) + " |");
        out.println("|---|---|" + "---|".repeat(DATA_SHEETS.size()));
        for (Kernel kernel : KERNELS) {
            double bytes = bytes(kernel, layout);
            out.printf(Locale.ROOT, "| %s | %,.0f |", kernel.name(), bytes / 1e6);
            DATA_SHEETS.values().forEach(bandwidth -> out.printf(Locale.ROOT, " %,.1f us |", bytes / bandwidth * 1e6));
            out.println();
        }
    }

    private static double bytes(Kernel kernel, ParameterLayout layout) {
        return (double) kernel.floats() * Float.BYTES * layout.size();
    }
}
