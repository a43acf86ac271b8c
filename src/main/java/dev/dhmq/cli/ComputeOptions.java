package dev.dhmq.cli;

import dev.dhmq.model.LibTorch;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Mixin: on what the work runs. */
final class ComputeOptions {
    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = ThreadCount.class,
            description = "Threads to use (default: one for every core). Results are the same bit for bit for the"
                    + " same number of threads.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--backend",
            paramLabel = "BACKEND",
            converter = BackendNames.class,
            completionCandidates = BackendNames.class,
            description = "Kernels to use: auto (default), cpu, cuda or reference.")
    private Backends.Choice backend = Backends.Choice.AUTO;

    int threads() {
        return threads;
    }

    Backends.Choice backend() {
        return backend;
    }

    /** Makes LibTorch use the named number of threads. */
    void applyThreads() {
        LibTorch.setThreads(threads);
    }

    /** Opens the kernels' backend; the caller closes it. */
    Backend openBackend() {
        return Backends.select(backend);
    }

    static final class BackendNames extends NamedChoice<Backends.Choice> {
        BackendNames() {
            super(Stream.of(Backends.Choice.values()), NamedChoice::label);
        }
    }

    static final class ThreadCount implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Numbers.integer(text, 1, MOST_THREADS);
        }
    }
}
