package dev.dhmq.report;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PlanJson;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.Sha256;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.search.BitMove;
import dev.dhmq.search.CurvatureEstimate;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Reads all of a {@code plan.json}: what {@link PlanJson} needs to apply it, and how the search came to it. */
final class PlanReader {
    private static final long MAX_BYTES = 256L << 20;

    /** More layers than any detector has, more steps than they have widths, more channels than weights in a file. */
    private static final int MOST = Integer.MAX_VALUE;

    private final Path file;
    private final JsonObject root;
    private final PlanJson.Stored stored;
    private final Map<String, Integer> index = new HashMap<>();

    private PlanReader(Path file) {
        this.file = file;
        this.stored = PlanJson.read(file);
        this.root = JsonFile.readObject(file, "a plan (dhmq search writes one)", MAX_BYTES);
        stored.assignment().layers().forEach(layer -> index.put(layer.name(), index.size()));
    }

    /**
     * Reads a plan.
     *
     * @throws InvalidInputException where the file is missing, broken, no plan, or lacks what a report shows
     */
    static PlanDocument read(Path file) {
        return new PlanReader(file).document();
    }

    private PlanDocument document() {
        JsonObject settings = root.object("settings");
        double ratio = finite(root, "compressionRatio");
        return new PlanDocument(
                Numerals.fixed(ratio, 2) + "\u00D7 smaller",
                file,
                Sha256.of(file),
                stored,
                root.text("budget"),
                positive(root, "bytes"),
                ratio,
                finite(root, "meanBits"),
                losses(root.object("calibrationLoss")),
                layers(),
                activations(),
                weights(settings.object("taskWeights")),
                settings(settings),
                cost(root.object("cost")),
                root.objects("trajectory").stream().map(this::step).toList());
    }

    private List<QuantizationPlan.LayerPlan> layers() {
        List<QuantizationPlan.LayerPlan> layers = new ArrayList<>();
        List<JsonObject> nodes = root.objects("layers");
        for (int l = 0; l < nodes.size(); l++) {
            JsonObject node = nodes.get(l);
            BitAssignment.Entry entry = stored.assignment().layers().get(l);
            layers.add(new QuantizationPlan.LayerPlan(
                    entry.name(),
                    entry.bits(),
                    positive(node, "weights"),
                    node.integer("channels", 1, MOST),
                    starting(node),
                    finite(node, "curvature"),
                    finite(node, "sensitivity"),
                    losses(node.object("lossChange"))));
        }
        return layers;
    }

    /** Not a number in plans from before it was written down. */
    private CurvatureEstimate starting(JsonObject node) {
        String mean = "startingCurvature";
        String error = "startingCurvatureStandardError";
        return new CurvatureEstimate(
                node.has(mean) ? finite(node, mean) : Double.NaN,
                node.has(error) ? finite(node, error) : Double.POSITIVE_INFINITY);
    }

    private List<PlanDocument.Activation> activations() {
        if (!root.has("activations")) {
            return List.of();
        }
        return root.objects("activations").stream()
                .map(node -> new PlanDocument.Activation(
                        node.text("name"),
                        node.integer("bits", 1, Float.SIZE),
                        node.has("sensitivity")
                                ? OptionalDouble.of(finite(node, "sensitivity"))
                                : OptionalDouble.empty()))
                .toList();
    }

    private SearchStep step(JsonObject node) {
        return new SearchStep(
                node.integer("step", 0, MOST),
                node.objects("downgrades").stream().map(this::move).toList(),
                finite(node, "predictedLossChange"),
                byTask(node),
                finite(node, "staticallyPredictedLossChange"),
                finite(node, "measuredLossChange"),
                losses(node.object("loss")),
                losses(node.object("lossChange")),
                node.bool("damped"),
                node.bool("accepted"),
                positive(node, "bytes"),
                finite(node, "compressionRatio"));
    }

    private BitMove move(JsonObject node) {
        String name = node.text("layer");
        Integer layer = index.get(name);
        if (layer == null) {
            throw node.wrong("layer", "is " + name + ", which is none of the plan's layers");
        }
        int from = node.integer("from", 1, Float.SIZE);
        int to = node.integer("to", 1, Float.SIZE);
        return new BitMove(
                layer,
                name,
                from,
                to,
                (double) stored.assignment().layers().get(layer).weights() * (from - to),
                finite(node, "gradientTerm"),
                finite(node, "curvatureTerm"),
                finite(node, "sensitivity"),
                byTask(node));
    }

    private static @Nullable TaskLosses byTask(JsonObject node) {
        return node.has(PlanJson.BY_TASK) ? losses(node.object(PlanJson.BY_TASK)) : null;
    }

    private static TaskWeights weights(JsonObject node) {
        double classification = finite(node, "classification");
        double regression = finite(node, "regression");
        if (classification < 0 || regression < 0 || classification + regression == 0) {
            throw node.wrong("classification", "and \"regression\" must be at least 0 and not both 0");
        }
        return new TaskWeights(classification, regression);
    }

    /** Settings by their names in the file, whatever they are: a report shows those of later versions too. */
    private static Map<String, String> settings(JsonObject node) {
        Map<String, String> settings = new LinkedHashMap<>();
        node.keys().forEach(key -> settings.put(key, node.inWords(key)));
        return settings;
    }

    private static SearchCost.Count cost(JsonObject node) {
        return new SearchCost.Count(
                node.integer("gradients", 0, MOST),
                node.integer("hessianVectorProducts", 0, MOST),
                node.integer("losses", 0, MOST));
    }

    private static TaskLosses losses(JsonObject node) {
        return new TaskLosses(finite(node, "classification"), finite(node, "regression"));
    }

    private static long positive(JsonObject node, String key) {
        long value = node.integer(key);
        if (value < 0) {
            throw node.wrong(key, "must be at least 0, but is " + value);
        }
        return value;
    }

    /** JSON can say 1e999, which is no number a chart could show. */
    private static double finite(JsonObject node, String key) {
        double value = node.number(key);
        if (!Double.isFinite(value)) {
            throw node.wrong(key, "must be a finite number, but is " + value);
        }
        return value;
    }
}
