package dev.dhmq.benchmarks;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.util.Arrays;
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
 * The kernels a search spends its own time in, beside a plain copy of the weights: the least that any pass over them costs.
 *
 * <p>Run from the project's root, all or one:
 * <pre>{@code
 * mvn -B -q verify -pl benchmarks -am -DskipTests -Pjmh
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

    /** About this many weights: 1 Mi lie in a large cache, 8 Mi in no cache; a RetinaNet-R50 has 34 M. */
    @Param({"1048576", "8388608"})
    public int size;

    private Backend kernels;
    private KernelInputs inputs;
    private double[] products;
    private double[] dots;

    @Setup(Level.Trial)
    public void setUp() {
        kernels = Backends.select(Backends.Choice.valueOf(backend.toUpperCase(Locale.ROOT)));
        requireAgreementWithReference();
        inputs = new KernelInputs(kernels, size);
        products = inputs.products();
        dots = new double[inputs.bits.length];
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        inputs.close();
        kernels.close();
    }

    /** A fast wrong answer is worth nothing: the kernels must give the reference's results before they are timed. */
    private void requireAgreementWithReference() {
        try (Backend reference = Backends.select(Backends.Choice.REFERENCE);
                KernelInputs mine = new KernelInputs(kernels, CHECKED_SIZE);
                KernelInputs theirs = new KernelInputs(reference, CHECKED_SIZE)) {
            require("scales", Arrays.equals(kernels.read(mine.scales), reference.read(theirs.scales)));
            kernels.fakeQuantize(mine.layout, mine.bits, mine.weights, mine.scales, mine.out);
            reference.fakeQuantize(theirs.layout, theirs.bits, theirs.weights, theirs.scales, theirs.out);
            require("quantized weights", Arrays.equals(kernels.read(mine.out), reference.read(theirs.out)));
            double[] found = mine.products();
            double[] wanted = theirs.products();
            kernels.perturbationProducts(
                    mine.layout, mine.bits, mine.weights, mine.scales, mine.current, mine.s, found);
            reference.perturbationProducts(
                    theirs.layout, theirs.bits, theirs.weights, theirs.scales, theirs.current, theirs.s, wanted);
            require("perturbation products", near(found, wanted));
            found = new double[mine.bits.length];
            wanted = new double[mine.bits.length];
            kernels.segmentedDot(mine.layout, mine.weights, mine.current, found);
            reference.segmentedDot(theirs.layout, theirs.weights, theirs.current, wanted);
            require("dots", near(found, wanted));
            kernels.twoLoopRecursion(mine.layout, mine.s, mine.y, mine.ones, mine.out);
            reference.twoLoopRecursion(theirs.layout, theirs.s, theirs.y, theirs.ones, theirs.out);
            require("directions", near(widen(kernels.read(mine.out)), widen(reference.read(theirs.out))));
        }
    }

    private static void require(String what, boolean agree) {
        if (!agree) {
            throw new IllegalStateException("The " + what + " differ from the reference's.");
        }
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    /** Sums in another order: equal to a few float roundings. */
    private static boolean near(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            if (Math.abs(a[i] - b[i]) > 1e-5 * Math.max(1, Math.abs(b[i]))) {
                return false;
            }
        }
        return true;
    }

    @Benchmark
    public void copy() {
        kernels.copy(inputs.weights, inputs.out);
    }

    @Benchmark
    public void fakeQuantize() {
        kernels.fakeQuantize(inputs.layout, inputs.bits, inputs.weights, inputs.scales, inputs.out);
    }

    /** Twenty clipping ratios. */
    @Benchmark
    public void searchScales() {
        kernels.searchScales(inputs.layout, inputs.bits, inputs.weights, inputs.ratios, inputs.scales);
    }

    /** Ten vectors. */
    @Benchmark
    public double[] perturbationProducts() {
        kernels.perturbationProducts(
                inputs.layout, inputs.bits, inputs.weights, inputs.scales, inputs.current, inputs.s, products);
        return products;
    }

    @Benchmark
    public double[] segmentedDot() {
        kernels.segmentedDot(inputs.layout, inputs.weights, inputs.current, dots);
        return dots;
    }

    /** Ten pairs. */
    @Benchmark
    public void twoLoopRecursion() {
        kernels.twoLoopRecursion(inputs.layout, inputs.s, inputs.y, inputs.ones, inputs.out);
    }
}
