package dev.dhmq.examples;

import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.EffectObjective;
import dev.dhmq.model.Sample;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SearchStep;
import dev.dhmq.tensor.Backend;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * A search inside another program, such as a tool with a window: it runs on a thread of its own, tells of every step, and can be
 * cancelled. The model has its float weights again afterwards, whether it ended or not.
 */
public final class EmbeddedSearch implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final CompletableFuture<QuantizationPlan> plan = new CompletableFuture<>();
    private final Future<?> running;

    /**
     * Begins the search.
     *
     * @param model used by nobody else until the search has ended
     * @param backend as the model
     * @param calibration images to measure the loss on
     * @param ratio how many times smaller the weights shall be
     * @param heard called with the share of the way that is done, from 0 to 1, on the search's thread
     */
    public EmbeddedSearch(
            DetectionModel model, Backend backend, List<Sample> calibration, double ratio, Consumer<Double> heard) {
        running = thread.submit(() -> {
            try (EffectObjective objective = new EffectObjective(model, backend, calibration, 4)) {
                SearchListener listener = new SearchListener() {
                    @Override
                    public void stepped(SearchStep step, double share) {
                        heard.accept(share);
                    }
                };
                Provenance provenance = new Provenance("embedded", 0, 1, backend.name());
                plan.complete(new MixedPrecisionSearch(objective, SearchSettings.defaults(), provenance, listener)
                        .run(List.of(new Budget.CompressionRatio(ratio)))
                        .getFirst());
            } catch (RuntimeException | Error e) { // CancellationException too: the future says which
                plan.completeExceptionally(e);
            }
        });
    }

    /** The plan, once it is there. A search that was cancelled ends in a {@code CancellationException}. */
    public CompletableFuture<QuantizationPlan> plan() {
        return plan;
    }

    /** Ends the search after the step that it is at. */
    public void cancel() {
        running.cancel(true);
    }

    /** Cancels what still runs and waits for its end; then model and backend may be used, or closed. */
    @Override
    public void close() {
        cancel();
        thread.close();
        // A search that was cancelled before its thread began has told nobody.
        plan.cancel(false);
    }
}
