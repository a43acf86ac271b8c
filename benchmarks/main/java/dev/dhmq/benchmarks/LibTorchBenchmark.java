package dev.dhmq.benchmarks;

import dev.dhmq.model.LibTorch;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
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

/** The same work by LibTorch's operations, on the same layers. Its sums are float, the kernels' double. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LibTorchBenchmark {
    private static final int PAIRS = 10;

    @Param({"64Ki", "1Mi", "retinanet-r50"})
    public String network = "";

    @Param({"1", "2"})
    public int threads;

    private final PointerScope scope = new PointerScope();
    private final List<Tensor> layers = new ArrayList<>();
    private final List<Tensor> scales = new ArrayList<>();
    private final List<Tensor> zeroPoints = new ArrayList<>();
    private Tensor weights;
    private Tensor out;
    private Tensor steps;
    private Tensor changes;

    @Setup(Level.Trial)
    public void setUp() {
        LibTorch.setThreads(threads);
        ParameterLayout layout = Networks.named(network);
        weights = torch.rand(layout.size());
        out = torch.rand(layout.size());
        steps = torch.rand(PAIRS, layout.size());
        changes = torch.rand(PAIRS, layout.size());
        for (Layer layer : layout.layers()) {
            layers.add(weights.narrow(0, layer.offset(), layer.size()).view(layer.channels(), layer.channelSize()));
            scales.add(torch.full(new long[] {layer.channels()}, new Scalar(0.1f)));
            zeroPoints.add(torch.zeros(layer.channels()).to(torch.ScalarType.Int));
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        scope.close();
    }

    @Benchmark
    public void copy() {
        out.copy_(weights);
    }

    /** One operation a layer: LibTorch has none for several. */
    @Benchmark
    public void fakeQuantize() {
        try (PointerScope _ = new PointerScope()) {
            for (int l = 0; l < layers.size(); l++) {
                torch.fake_quantize_per_channel_affine(layers.get(l), scales.get(l), zeroPoints.get(l), 0, -8, 7);
            }
        }
    }

    @Benchmark
    public void dot() {
        try (PointerScope _ = new PointerScope()) {
            weights.dot(out);
        }
    }

    @Benchmark
    public void axpy() {
        try (PointerScope _ = new PointerScope()) {
            out.add_(weights, new Scalar(1e-9f));
        }
    }

    /** Ten vectors as the rows of a matrix. */
    @Benchmark
    public void mv() {
        try (PointerScope _ = new PointerScope()) {
            changes.mv(weights);
        }
    }

    /** Ten pairs, each dot and update an operation; s.y is known. */
    @Benchmark
    public void twoLoopRecursion() {
        try (PointerScope _ = new PointerScope()) {
            double[] alpha = new double[PAIRS];
            for (int k = PAIRS - 1; k >= 0; k--) {
                alpha[k] = steps.select(0, k).dot(out).item_float() / 1e30;
                out.add_(changes.select(0, k), new Scalar((float) -alpha[k]));
            }
            out.mul_(new Scalar(1f));
            for (int k = 0; k < PAIRS; k++) {
                double beta = changes.select(0, k).dot(out).item_float() / 1e30;
                out.add_(steps.select(0, k), new Scalar((float) (alpha[k] - beta)));
            }
        }
    }
}
