package dev.dhmq.search;

import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Layouts, weights and settings that the search's tests share. */
public final class Problems {
    static final Provenance PROVENANCE = new Provenance("0123abcd", 7, 1, "reference");

    private Problems() {}

    /** Layers of different sizes, the larger ones later: {@code layer-0}, {@code layer-1} and so on. */
    static ParameterLayout layout(int layers) {
        List<ParameterLayout.Shape> shapes = new ArrayList<>();
        for (int l = 0; l < layers; l++) {
            shapes.add(new ParameterLayout.Shape("layer-" + l, 1 + l % 3, 24 + 5 * (l % 7)));
        }
        return ParameterLayout.of(shapes);
    }

    static float[] gaussian(ParameterLayout layout, long seed) {
        Random random = new Random(seed);
        float[] values = new float[(int) layout.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** One layer a step, B = B0 from one secant a layer: exact where layers' blocks are multiples of the identity. */
    static SearchSettings exact() {
        return SearchSettings.defaults()
                .withStart(new CurvatureStart.LayerSecant(SearchSettings.PROBE_BITS))
                .withLayersPerStep(1)
                .withMemory(0)
                .withTaskWeights(TaskWeights.EQUAL);
    }

    static MixedPrecisionSearch search(Objective objective, SearchSettings settings) {
        return new MixedPrecisionSearch(objective, settings, PROVENANCE, SearchListener.NONE);
    }

    static QuantizationPlan plan(Objective objective, SearchSettings settings, Budget budget) {
        return search(objective, settings).run(List.of(budget)).getFirst();
    }

    /** A plan as a search makes it, pinned and excluded layers included. */
    public static QuantizationPlan samplePlan() {
        return samplePlan(false);
    }

    /** The same, by a search that predicts each task by itself if that is wanted. */
    public static QuantizationPlan samplePlan(boolean byTask) {
        SearchSettings settings = SearchSettings.defaults()
                .withPinned(List.of("layer-1"))
                .withExcluded(List.of("layer-0"))
                .withByTask(byTask);
        return onSample(objective -> plan(objective, settings, new Budget.CompressionRatio(4)));
    }

    /** Works on the loss of these plans, at its float weights. */
    public static <T> T onSample(Function<Objective, T> work) {
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective objective = new SoftplusObjective(backend, layout(8), 3)) {
            return work.apply(objective);
        }
    }

    /** A search for two budgets that keeps this journal. */
    public static List<QuantizationPlan> plans(SearchJournal journal, SearchListener listener) {
        return onSample(objective -> new MixedPrecisionSearch(
                        objective, SearchSettings.defaults(), PROVENANCE, listener, journal)
                .run(List.of(new Budget.CompressionRatio(4), new Budget.MeanBits(3))));
    }
}
