package dev.dhmq.detect;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.LibTorch;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One thread that does all work on a network, in the order it is asked for.
 *
 * <p>LibTorch's OpenMP gives every thread that calls it a team of threads of its own, so a service with many threads would have
 * many teams that starve each other. This way there is one, whoever calls, virtual threads included.
 */
final class EngineThread implements AutoCloseable {
    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("dhmq-detector").daemon().factory());

    /**
     * Runs work on the thread and waits for what comes of it.
     *
     * @throws InvalidInputException where the work throws one
     * @throws EngineException where the work fails otherwise
     * @throws CancellationException where the calling thread is interrupted, which it still is then; work that has not begun is
     *     not done
     */
    <T> T run(Callable<T> work) {
        Future<T> result = executor.submit(work);
        try {
            return result.get();
        } catch (InterruptedException e) {
            result.cancel(false);
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("The thread was interrupted while it waited.");
            cancelled.initCause(e);
            throw cancelled;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof InvalidInputException meant) {
                throw new InvalidInputException(String.valueOf(meant.getMessage()), meant);
            }
            throw new EngineException("The detector failed: " + LibTorch.reason(cause), cause);
        }
    }

    /** Waits for work that has begun. */
    @Override
    public void close() {
        executor.close();
    }
}
