package dev.dhmq.detect;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.LibTorch;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One thread that does all work on a network, in the order it is asked for.
 *
 * <p>LibTorch's OpenMP gives every thread that calls it a team of threads of its own, so a service with many threads would have
 * many teams that starve each other. This way there is one, whoever calls, virtual threads included.
 */
final class EngineThread {
    private static final String INTERRUPTED = "The thread was interrupted while it waited.";

    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("dhmq-detector").daemon().factory());

    /**
     * Starts a thread and loads on it what it is for. Where that fails, or the caller is interrupted meanwhile, what has been loaded
     * nonetheless is let go of, and the thread has ended.
     *
     * @throws InvalidInputException as {@link #run} does, and so the others
     */
    static <T> T load(Loading<T> loading, Releasing<T> releasing) {
        EngineThread thread = new EngineThread();
        AtomicReference<@Nullable T> loaded = new AtomicReference<>();
        try {
            return thread.run(() -> {
                T engine = loading.on(thread);
                loaded.set(engine);
                return engine;
            });
        } catch (RuntimeException | Error e) { // nobody else can end the thread
            try {
                thread.close(() -> {
                    T engine = loaded.get();
                    if (engine != null) {
                        releasing.release(engine);
                    }
                });
            } catch (EngineException stuck) {
                e.addSuppressed(stuck);
            }
            throw e;
        }
    }

    /** Makes what works on a thread. */
    @FunctionalInterface
    interface Loading<T> {
        T on(EngineThread thread) throws Exception;
    }

    /** Frees what works on a thread. */
    @FunctionalInterface
    interface Releasing<T> {
        void release(T engine) throws Exception;
    }

    /**
     * Runs work on the thread and waits for what comes of it.
     *
     * @throws InvalidInputException where the work throws one
     * @throws EngineException where the work fails otherwise
     * @throws CancellationException where the calling thread is interrupted, before or meanwhile, which it still is then; work that
     *     has not begun is not done
     */
    <T> T run(Callable<T> work) {
        if (Thread.currentThread().isInterrupted()) { // work may be done before the wait for it looks
            throw new CancellationException(INTERRUPTED);
        }
        Future<T> result = executor.submit(work);
        try {
            return result.get();
        } catch (InterruptedException e) {
            result.cancel(false);
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException(INTERRUPTED);
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            throw meant(e);
        }
    }

    /**
     * Lets go of what the work used, on its thread and after work that has begun, and ends the thread. An interrupted caller waits
     * too: nobody else would do it.
     *
     * @throws EngineException where letting go fails
     */
    void close(Release release) {
        Future<Boolean> released = executor.submit(() -> {
            release.run();
            return Boolean.TRUE;
        });
        executor.shutdown();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    released.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw meant(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Frees what the work on a thread has used. */
    @FunctionalInterface
    interface Release {
        void run() throws Exception;
    }

    private static RuntimeException meant(ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof InvalidInputException meant) {
            return new InvalidInputException(String.valueOf(meant.getMessage()), meant);
        }
        return new EngineException("The detector failed: " + LibTorch.reason(cause), cause);
    }
}
