package dev.dhmq.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.NewFile;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.BitMove;
import dev.dhmq.search.CurvatureStart;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code plan.json}: a quantization plan for people and for programs. The same plan gives the same bytes; nothing in it
 * depends on the clock.
 */
public final class PlanJson {
    private static final String FORMAT = "dhmq-plan";
    private static final int VERSION = 1;
    private static final long MAX_BYTES = 256L << 20;

    /** What both parts of the loss were predicted to change by, where a search was asked. */
    public static final String BY_TASK = "predictedByTask";

    /** How a layer left in float32 is written. */
    private static final int FLOAT_BITS = 32;

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private PlanJson() {}

    /**
     * What a reader needs to apply a plan.
     *
     * @param modelSha256 hash of the checkpoint it was made for
     * @param assignment the bits of every layer
     * @param activations quantized inputs and results of layers; none in a plan of weights alone
     * @param range how their ranges were chosen; empty where there are none, or the plan does not say
     */
    public record Stored(
            String modelSha256,
            BitAssignment assignment,
            List<ActivationQuantization> activations,
            Optional<RangeMethod> range) {

        /**
         * Refuses a plan that changes no weights.
         *
         * @param file it was read from
         * @throws InvalidInputException where every layer is left in float32
         */
        public Stored requireQuantized(Path file) {
            if (assignment.layers().stream().allMatch(layer -> layer.bits() == Backend.SKIP)) {
                throw new InvalidInputException(
                        file + " leaves every layer in float32; name a plan that quantizes some.");
            }
            return this;
        }
    }

    /** Writes a plan of weights alone, whole or not at all. */
    public static void write(Path file, QuantizationPlan plan) {
        write(file, plan, Optional.empty());
    }

    /** Writes the plan, whole or not at all. */
    public static void write(Path file, QuantizationPlan plan, Optional<ActivationPlan> activations) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT).put("version", VERSION);
        root.put("modelSha256", plan.provenance().modelSha256());
        root.put("budget", plan.budget());
        root.put("bytes", plan.bytes());
        root.put("compressionRatio", plan.compressionRatio());
        root.put("meanBits", plan.meanBits());
        losses(root.putObject("calibrationLoss"), plan.losses());
        ArrayNode layers = root.putArray("layers");
        plan.layers().forEach(layer -> layer(layers.addObject(), layer));
        activations.ifPresent(quantized -> ActivationsJson.write(root, quantized));
        settings(root.putObject("settings"), plan);
        root.putObject("cost")
                .put("gradients", plan.cost().gradients())
                .put("hessianVectorProducts", plan.cost().hessianVectorProducts())
                .put("losses", plan.cost().losses());
        ArrayNode steps = root.putArray("trajectory");
        plan.steps().forEach(step -> step(steps.addObject(), step));
        requireFinite(root, "plan");
        NewFile.write(file, out -> {
            out.write(JSON.writeValueAsBytes(root));
            out.write('\n');
        });
    }

    /** JSON has no NaN; Jackson would write it as a string, which readers stumble over much later. */
    private static void requireFinite(JsonNode node, String where) {
        if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
            throw new IllegalArgumentException("The plan's " + where + " is " + node.doubleValue() + ".");
        }
        node.properties().forEach(field -> requireFinite(field.getValue(), where + "." + field.getKey()));
        if (node.isArray()) {
            node.forEach(element -> requireFinite(element, where));
        }
    }

    private static void layer(ObjectNode node, QuantizationPlan.LayerPlan layer) {
        node.put("name", layer.name());
        node.put("bits", layer.bits() == Backend.SKIP ? FLOAT_BITS : layer.bits());
        node.put("weights", layer.weights());
        node.put("channels", layer.channels());
        node.put("granularity", "per-channel");
        node.put("sensitivity", layer.sensitivity());
        node.put("startingCurvature", layer.starting().mean());
        double error = layer.starting().standardError();
        if (Double.isFinite(error)) { // of a single probe nothing is known
            node.put("startingCurvatureStandardError", error);
        }
        node.put("curvature", layer.curvature());
        losses(node.putObject("lossChange"), layer.change());
    }

    private static void settings(ObjectNode node, QuantizationPlan plan) {
        SearchSettings settings = plan.settings();
        node.put("objective", plan.objective());
        ArrayNode candidates = node.putArray("candidateBits");
        settings.candidates().widths().forEach(candidates::add);
        node.put("start", settings.start().label());
        switch (settings.start()) {
            case CurvatureStart.JointSecant secant -> node.put("startBits", secant.bits());
            case CurvatureStart.LayerSecant secant -> node.put("startBits", secant.bits());
            case CurvatureStart.Hutchinson hutchinson -> node.put("startProbes", hutchinson.probes());
        }
        node.put("sensitivity", settings.sensitivity().label());
        node.put("rule", settings.rule().label());
        node.put("layersPerStep", settings.steps().label());
        node.put("memory", settings.memory());
        node.putObject("taskWeights")
                .put("classification", plan.taskWeights().classification())
                .put("regression", plan.taskWeights().regression())
                .put("chosen", plan.taskWeighting());
        settings.pinned().forEach(node.putArray("pinned")::add);
        settings.excluded().forEach(node.putArray("excluded")::add);
        node.put("exchanges", settings.exchanges());
        ArrayNode without = node.putArray("without");
        settings.without().forEach(part -> without.add(part.label()));
        node.put("seed", plan.provenance().seed());
        node.put("threads", plan.provenance().threads());
        node.put("backend", plan.provenance().backend());
    }

    private static void step(ObjectNode node, SearchStep step) {
        node.put("step", step.number());
        ArrayNode moves = node.putArray("downgrades");
        for (BitMove made : step.moves()) {
            ObjectNode move = moves.addObject()
                    .put("layer", made.name())
                    .put("from", made.from())
                    .put("to", made.to())
                    .put("gradientTerm", made.gradientTerm())
                    .put("curvatureTerm", made.curvatureTerm())
                    .put("sensitivity", made.sensitivity());
            byTask(move, made.byTask());
        }
        node.put("predictedLossChange", step.predicted());
        byTask(node, step.predictedByTask());
        node.put("staticallyPredictedLossChange", step.predictedStatic());
        node.put("measuredLossChange", step.measured());
        losses(node.putObject("lossChange"), step.change());
        losses(node.putObject("loss"), step.losses());
        node.put("damped", step.damped());
        node.put("accepted", step.accepted());
        node.put("bytes", step.bytes());
        node.put("compressionRatio", step.compressionRatio());
    }

    private static void byTask(ObjectNode node, @Nullable TaskLosses predicted) {
        if (predicted != null) {
            losses(node.putObject(BY_TASK), predicted);
        }
    }

    private static void losses(ObjectNode node, TaskLosses losses) {
        node.put("classification", losses.classification()).put("regression", losses.regression());
    }

    /**
     * Reads what is needed to apply a plan.
     *
     * @throws InvalidInputException where the file is missing, broken, no plan, or of a version this program does not know
     */
    public static Stored read(Path file) {
        JsonObject root = JsonFile.readObject(file, "a plan (dhmq search writes one)", MAX_BYTES);
        if (!root.has("format") || !root.text("format").equals(FORMAT)) {
            throw new InvalidInputException(file + " is not a plan: its \"format\" is not \"" + FORMAT
                    + "\"; name a plan.json of dhmq search.");
        }
        if (root.integer("version") != VERSION) {
            throw new InvalidInputException(
                    file + " is a plan of version " + root.integer("version") + ", but this program reads version "
                            + VERSION + "; search again or use the program that wrote it.");
        }
        Set<String> names = new HashSet<>();
        List<BitAssignment.Entry> entries = root.objects("layers").stream()
                .map(layer -> entry(layer, names))
                .toList();
        return new Stored(
                root.text("modelSha256"),
                new BitAssignment(entries),
                ActivationsJson.read(root, names),
                ActivationsJson.range(root));
    }

    /**
     * Reads a plan that is to be applied to this model.
     *
     * @throws InvalidInputException where the plan cannot be read, or was made for another checkpoint
     */
    public static Stored readFor(Path file, ModelDirectory model) {
        Stored plan = read(file);
        if (!plan.modelSha256().equals(model.sha256())) {
            throw new InvalidInputException(file + " was made for another checkpoint than the one in " + model.folder()
                    + "; search again for this one.");
        }
        return plan;
    }

    private static BitAssignment.Entry entry(JsonObject layer, Set<String> names) {
        String name = layer.text("name");
        if (!names.add(name)) {
            throw layer.wrong("name", "is " + name + ", which stands in the plan twice");
        }
        int bits = layer.integer("bits", BitWidths.NARROWEST, FLOAT_BITS);
        if (bits > BitWidths.WIDEST && bits != FLOAT_BITS) {
            throw layer.wrong("bits", "must be 2 to 8, or 32 for float32, but is " + bits);
        }
        return new BitAssignment.Entry(name, layer.integer("weights"), bits == FLOAT_BITS ? Backend.SKIP : bits);
    }
}
