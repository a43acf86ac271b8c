package dev.dhmq.benchmarks;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.CpuBackend;
import dev.dhmq.tensor.LayerVector;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Every kernel, beside a copy of the weights: what any pass over them costs at least. {@code benchmarks/kernels.sh} runs
 * all of them and makes a table; one alone, from the project's root:
 * <pre>{@code
 * mvn -B -q verify -pl benchmarks -am -DskipTests -Pjmh -Djmh.args="KernelBenchmark.fakeQuantize -p backend=cpu -f 1"
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelBenchmark {
    /** For checks only: small enough that the reference is quick, large enough that all threads take part. */
    private static final int CHECKED_SIZE = 1 << 19;

    @Param({"cpu", "reference"})
    public String backend = "";

    @Param({"64Ki", "1Mi", "retinanet-r50"})
    public String network = "";

    /** Of the native kernels; the reference always has one. */
    @Param({"1", "2"})
    public int threads;

    private Backend kernels;
    private KernelInputs inputs;
    private List<LayerVector> wholeVectors;
    private List<LayerVector> slicedVectors;

    @Setup(Level.Trial)
    public void setUp() {
        kernels = Backends.select(Backends.Choice.valueOf(backend.toUpperCase(Locale.ROOT)));
        if (kernels instanceof CpuBackend cpu) {
            cpu.setThreads(threads);
        }
        Agreement.requireWithReference(kernels, Networks.convolutions(CHECKED_SIZE));
        inputs = new KernelInputs(kernels, Networks.named(network));
        wholeVectors = inputs.wholeVectors();
        slicedVectors = inputs.slicedVectors();
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        inputs.close();
        kernels.close();
    }

    @Benchmark
    public void copy() {
        kernels.copy(inputs.weights, inputs.out);
    }

    @Benchmark
    public void fakeQuantize() {
        kernels.fakeQuantize(inputs.layout, inputs.bits, inputs.weights, inputs.parameters, inputs.out);
    }

    @Benchmark
    public void fakeQuantizeBackward() {
        kernels.fakeQuantizeBackward(
                inputs.layout,
                inputs.bits,
                inputs.weights,
                inputs.parameters,
                inputs.current,
                inputs.out,
                inputs.scaleGradients);
    }

    /** Sixteen clipping ratios. */
    @Benchmark
    public void searchScales() {
        kernels.searchScales(inputs.layout, inputs.bits, inputs.weights, inputs.ratios, inputs.parameters);
    }

    /** Ten pairs whose steps are stored whole: twenty vectors. */
    @Benchmark
    public double[] perturbationProducts() {
        return products(wholeVectors);
    }

    /** Ten pairs as a search keeps them: each step for one layer. */
    @Benchmark
    public double[] perturbationProductsSliced() {
        return products(slicedVectors);
    }

    private double[] products(List<LayerVector> vectors) {
        kernels.perturbationProducts(
                inputs.layout, inputs.bits, inputs.weights, inputs.parameters, inputs.current, vectors, inputs.rows);
        return inputs.rows;
    }

    /** Ten vectors. */
    @Benchmark
    public double[] compactProducts() {
        kernels.compactProducts(inputs.layout, inputs.changes, inputs.weights, inputs.tenRows);
        return inputs.tenRows;
    }

    @Benchmark
    public double[] segmentedDot() {
        kernels.segmentedDot(inputs.layout, inputs.weights, inputs.current, inputs.dots);
        return inputs.dots;
    }

    @Benchmark
    public void axpy() {
        kernels.axpy(1e-9f, inputs.weights, inputs.out);
    }

    @Benchmark
    public void fillRademacher() {
        kernels.fillRademacher(1, 2, inputs.out);
    }

    @Benchmark
    public void pack() {
        kernels.pack(inputs.packing, inputs.weights, inputs.parameters, inputs.packed);
    }

    @Benchmark
    public void unpack() {
        kernels.unpack(inputs.packing, inputs.packed, inputs.parameters, inputs.out);
    }

    /** Ten pairs whose steps are stored whole. */
    @Benchmark
    public void twoLoopRecursion() {
        kernels.twoLoopRecursion(inputs.layout, inputs.steps, inputs.changes, inputs.products, inputs.ones, inputs.out);
    }

    /** Ten pairs as a search keeps them: each step for one layer. */
    @Benchmark
    public void twoLoopRecursionSliced() {
        kernels.twoLoopRecursion(
                inputs.layout, inputs.slicedSteps, inputs.changes, inputs.products, inputs.ones, inputs.out);
    }
}
