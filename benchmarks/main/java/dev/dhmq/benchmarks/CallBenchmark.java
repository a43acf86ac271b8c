package dev.dhmq.benchmarks;

import dev.dhmq.bindings.dhmq.Dhmq;
import dev.dhmq.tensor.Backends;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to call native code that does nothing: by the FFM API, as kernels are called, and by JNI. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CallBenchmark {
    private final Object lock = new Object();

    @Setup
    public void setUp() {
        Backends.select(Backends.Choice.CPU).close(); // finds and loads the library
    }

    /** A function that returns a constant. */
    @Benchmark
    public int ffm() {
        return Dhmq.dhmq_abi_version();
    }

    /** The cheapest of the JDK's native methods that the compiler does not replace: looks at the caller's lock. */
    @Benchmark
    public boolean jni() {
        return Thread.holdsLock(lock);
    }
}
