package dev.dhmq.data;

import dev.dhmq.model.Sample;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes items ahead of time on one background thread, in order, while the consumer is busy with earlier ones.
 *
 * <p>At most {@code ahead} finished items wait. An exception of the loader reaches the consumer where the item it was
 * about to get would have come; nothing follows it. One thread at a time may consume. Close it, also before the end.
 */
public final class Prefetcher<T> implements Iterator<T>, AutoCloseable {
    private sealed interface Message<T> {
        record Item<T>(T value) implements Message<T> {}

        record Failure<T>(Throwable cause) implements Message<T> {}

        record End<T>() implements Message<T> {}
    }

    private final BlockingQueue<Message<T>> queue;
    private final Thread loader;
    private @Nullable Message<T> next;
    private volatile boolean closed;

    /**
     * Starts at once.
     *
     * @param load makes the item of an index; called on the background thread only
     * @param order the indices, in the order items are wanted
     * @param ahead at least 1
     */
    public Prefetcher(IntFunction<T> load, int[] order, int ahead) {
        queue = new ArrayBlockingQueue<>(ahead);
        int[] indices = order.clone();
        // A platform thread: decoding keeps a core busy and would pin a carrier of virtual threads all the while.
        loader = Thread.ofPlatform().daemon().name("dhmq-prefetch").start(() -> loadAll(load, indices));
    }

    /** Samples of a source, at most {@code ahead} of them decoded before they are wanted. */
    public static Prefetcher<Sample> of(SampleSource source, int[] order, int ahead) {
        return new Prefetcher<>(source::sample, order, ahead);
    }

    private void loadAll(IntFunction<T> load, int[] order) {
        try {
            queue.put(loadAndPut(load, order));
        } catch (InterruptedException e) {
            // Closed by the consumer, who wants nothing more: the thread ends here.
            Thread.currentThread().interrupt();
        }
    }

    /** Puts one item after the other, and returns what comes after the last: the end, or a failure. */
    private Message<T> loadAndPut(IntFunction<T> load, int[] order) throws InterruptedException {
        for (int index : order) {
            if (closed) {
                break;
            }
            T value;
            try {
                value = load.apply(index);
            } catch (RuntimeException | Error e) {
                return new Message.Failure<>(e);
            }
            queue.put(new Message.Item<>(value));
        }
        return new Message.End<>();
    }

    /**
     * Whether another item or a failure comes; waits for it.
     *
     * @throws IllegalStateException where the waiting thread is interrupted; it stays interrupted
     */
    @Override
    public boolean hasNext() {
        return !(peek() instanceof Message.End<T>);
    }

    @Override
    public T next() {
        Message<T> message = peek();
        return switch (message) {
            case Message.Item<T>(T value) -> {
                next = null;
                yield value;
            }
            // The exception itself, so that callers can catch it by its class; its trace shows the loader's thread.
            case Message.Failure<T>(RuntimeException e) -> throw e;
            case Message.Failure<T>(Error e) -> throw e;
            case Message.Failure<T>(Throwable e) -> throw new IllegalStateException(e);
            case Message.End<T>() -> throw new NoSuchElementException("All items are consumed.");
        };
    }

    private Message<T> peek() {
        if (next == null) {
            if (closed) {
                throw new IllegalStateException("This prefetcher is closed.");
            }
            try {
                next = queue.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for the next item.", e);
            }
        }
        return next;
    }

    /** Stops loading and waits until the loader has ended, at most for the item it is at. Closing twice is harmless. */
    @Override
    public void close() {
        closed = true;
        loader.interrupt();
        boolean interrupted = false;
        while (loader.isAlive()) {
            // A loader that has swallowed the interrupt may wait for room.
            queue.clear();
            try {
                loader.join(10);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
