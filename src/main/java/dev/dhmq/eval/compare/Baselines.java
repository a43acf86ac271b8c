package dev.dhmq.eval.compare;

import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.search.baseline.CostModel;
import dev.dhmq.search.baseline.Greedy;
import dev.dhmq.search.baseline.Knapsack;
import dev.dhmq.search.baseline.Oracle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The methods in the box that a search is compared with, by name. Those that use the same prices share them. */
public final class Baselines {
    private final Map<String, Method> methods = new LinkedHashMap<>();

    /**
     * All of them.
     *
     * @param probes of HAWQ-V2's traces; its authors take 50
     * @param oracle how hard the oracle tries
     */
    public Baselines(int probes, Oracle oracle) {
        add(BitsMethod.UNIFORM);
        add(BitsMethod.UNIFORM_WITHIN);
        add(BitsMethod.RANDOM);

        Prices errors = new Prices(_ -> new CostModel.SquaredError(), Optional.empty(), Optional.of(TaskWeights.EQUAL));
        String squared = "squared error of the weights";
        add(new PricedMethod("magnitude", squared + ", greedily", errors, new Greedy()));
        add(new PricedMethod("magnitude-knapsack", squared + ", exact", errors, new Knapsack()));

        // The curvature of the training loss, both tasks as they are: what its paper does.
        Prices traces = new Prices(
                seed -> new CostModel.MeanTrace(probes, seed),
                Optional.of(CalibrationLoss.TASK),
                Optional.of(TaskWeights.EQUAL));
        String trace = "mean trace of the task loss by " + probes + " probes times squared error";
        add(new PricedMethod("hawq-v2", trace + ", greedily", traces, new Greedy()));
        add(new PricedMethod("hawq-v2-knapsack", trace + ", exact", traces, new Knapsack()));

        Prices secants = new Prices(
                _ -> new CostModel.JointSecant(SearchSettings.PROBE_BITS), Optional.empty(), Optional.empty());
        String secant = "the search's joint secant times squared error, never estimated again";
        add(new PricedMethod("static", secant + ", greedily", secants, new Greedy()));
        add(new PricedMethod("static-knapsack", secant + ", exact", secants, new Knapsack()));

        add(new OracleMethod(oracle));
    }

    private void add(Method method) {
        methods.put(method.label(), method);
    }

    /** Their names. */
    public List<String> names() {
        return List.copyOf(methods.keySet());
    }

    /** The method of this name, which is one of {@link #names()}. */
    public Method named(String name) {
        Method method = methods.get(name);
        if (method == null) {
            throw new IllegalArgumentException(name + " is none of " + names() + ".");
        }
        return method;
    }
}
