package dev.dhmq.eval.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.NewFile;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** {@code compare.json}: the results of a comparison, finished or not. */
public final class ComparisonFile {
    /** A condition of compensated models alone: a file without it may be gone on with, and need not be asked for it again. */
    static final String COMPENSATION_STEPS = "compensationSteps";

    private static final String FORMAT = "dhmq-comparison";
    private static final int VERSION = 1;
    private static final long MAX_BYTES = 256L << 20;
    private static final int FLOAT_BITS = 32;

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ComparisonFile() {}

    static void write(Path file, Results results) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT).put("version", VERSION);
        ObjectNode conditions = root.putObject("conditions");
        results.conditions().forEach(conditions::put);
        ObjectNode methods = root.putObject("methods");
        results.methods().forEach(methods::put);
        results.floats().ifPresent(metrics -> metrics(root.putObject("float"), metrics));
        ArrayNode cells = root.putArray("cells");
        results.cells().forEach(cell -> cell(cells.addObject(), cell));
        NewFile.write(file, out -> {
            out.write(JSON.writeValueAsBytes(root));
            out.write('\n');
        });
    }

    private static void cell(ObjectNode node, Cell cell) {
        node.put("method", cell.method()).put("seed", cell.seed()).put("ratio", cell.ratio());
        cell.judgements().forEach((treatment, metrics) -> metrics(node.putObject(key(treatment)), metrics));
        node.put("bytes", cell.bytes());
        node.put("compressionRatio", cell.reached());
        node.put("meanBits", cell.meanBits());
        node.putObject("calibrationLoss")
                .put("classification", cell.loss().classification())
                .put("regression", cell.loss().regression());
        node.putObject("cost")
                .put("gradients", cell.cost().gradients())
                .put("hessianVectorProducts", cell.cost().hessianVectorProducts())
                .put("losses", cell.cost().losses());
        node.put("seconds", cell.seconds());
        cell.peakBytes().ifPresent(bytes -> node.put("peakResidentBytes", bytes));
        Ranks ranks = cell.ranks();
        ranks.predicted().ifPresent(rank -> node.put("rankCorrelation", rank));
        ranks.predictedStatic().ifPresent(rank -> node.put("staticRankCorrelation", rank));
        ranks.fresh().ifPresent(rank -> node.put("freshRankCorrelation", rank));
        ArrayNode bits = node.putArray("bits");
        cell.bits().forEach(b -> bits.add(b == Backend.SKIP ? FLOAT_BITS : b));
    }

    private static void metrics(ObjectNode node, CocoMetrics metrics) {
        metrics.toMap().forEach(node::put);
    }

    /**
     * The results in a file, to be gone on with; none where there is no file yet.
     *
     * @param conditions of the comparison that asks
     * @param methods of the comparison that asks; the file may lack some and have others
     * @throws InvalidInputException where the file is broken, or of other conditions; the message names the first that differs
     */
    static Results readOrNew(Path file, Map<String, String> conditions, Map<String, String> methods) {
        if (!Files.exists(file)) {
            return new Results(conditions, methods, Optional.empty(), List.of());
        }
        JsonObject root = root(file, "name another --out");
        Map<String, String> stored = texts(root.object("conditions"));
        Set<String> said = new LinkedHashSet<>(conditions.keySet());
        said.addAll(stored.keySet());
        if (!conditions.containsKey(COMPENSATION_STEPS) || !stored.containsKey(COMPENSATION_STEPS)) {
            said.remove(COMPENSATION_STEPS);
        }
        said.forEach(what -> requireSame(
                file, what, conditions.getOrDefault(what, "not said"), stored.getOrDefault(what, "not said")));
        Map<String, String> storedMethods = texts(root.object("methods"));
        methods.forEach((method, definition) ->
                requireSame(file, "method " + method, definition, storedMethods.getOrDefault(method, definition)));
        Map<String, String> all = new LinkedHashMap<>(methods);
        storedMethods.forEach(all::putIfAbsent);
        Map<String, String> allConditions = new LinkedHashMap<>(conditions);
        stored.forEach(allConditions::putIfAbsent);
        return results(root, allConditions, all);
    }

    /**
     * The results in a file, whatever was compared under whatever conditions.
     *
     * @throws InvalidInputException where the file is missing, broken, or no comparison
     */
    public static Results read(Path file) {
        JsonObject root = root(file, "name a compare.json of dhmq compare");
        return results(root, texts(root.object("conditions")), texts(root.object("methods")));
    }

    private static JsonObject root(Path file, String instead) {
        JsonObject root = JsonFile.readObject(file, "the results of a comparison (dhmq compare)", MAX_BYTES);
        if (!root.has("format") || !root.text("format").equals(FORMAT) || root.integer("version") != VERSION) {
            throw new InvalidInputException(file + " is not a comparison this program can read: it must be of format "
                    + FORMAT + ", version " + VERSION + "; " + instead + ".");
        }
        return root;
    }

    private static Results results(JsonObject root, Map<String, String> conditions, Map<String, String> methods) {
        Optional<CocoMetrics> floats =
                root.has("float") ? Optional.of(metrics(root.object("float"))) : Optional.empty();
        List<Cell> cells =
                root.objects("cells").stream().map(ComparisonFile::cell).toList();
        return new Results(conditions, methods, floats, cells);
    }

    private static void requireSame(Path file, String what, String value, String stored) {
        if (!value.equals(stored)) {
            throw new InvalidInputException(file + " holds another comparison (" + what + " was " + stored + ", not "
                    + value + "); name another --out, or delete that file to begin anew.");
        }
    }

    private static Map<String, String> texts(JsonObject object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.keys().forEach(key -> texts.put(key, object.text(key)));
        return texts;
    }

    private static Cell cell(JsonObject node) {
        JsonObject loss = node.object("calibrationLoss");
        JsonObject cost = node.object("cost");
        return new Cell(
                node.text("method"),
                node.integer("seed"),
                node.number("ratio"),
                node.integers("bits").stream()
                        .map(b -> b == FLOAT_BITS ? Backend.SKIP : Math.toIntExact(b))
                        .toList(),
                node.integer("bytes"),
                node.number("compressionRatio"),
                node.number("meanBits"),
                new TaskLosses(loss.number("classification"), loss.number("regression")),
                new SearchCost.Count(
                        count(cost, "gradients"), count(cost, "hessianVectorProducts"), count(cost, "losses")),
                node.number("seconds"),
                node.has("peakResidentBytes")
                        ? OptionalLong.of(node.integer("peakResidentBytes"))
                        : OptionalLong.empty(),
                new Ranks(
                        number(node, "rankCorrelation"),
                        number(node, "staticRankCorrelation"),
                        number(node, "freshRankCorrelation")),
                judgements(node));
    }

    private static Map<Treatment, CocoMetrics> judgements(JsonObject cell) {
        Map<Treatment, CocoMetrics> judgements = new EnumMap<>(Treatment.class);
        for (Treatment treatment : Treatment.values()) {
            if (cell.has(key(treatment))) {
                judgements.put(treatment, metrics(cell.object(key(treatment))));
            }
        }
        return judgements;
    }

    private static String key(Treatment treatment) {
        return switch (treatment) {
            case NONE -> "metrics";
            case CORRECTED -> "correctedMetrics";
            case COMPENSATED -> "compensatedMetrics";
        };
    }

    private static OptionalDouble number(JsonObject cell, String key) {
        return cell.has(key) ? OptionalDouble.of(cell.number(key)) : OptionalDouble.empty();
    }

    private static int count(JsonObject cost, String key) {
        return cost.integer(key, 0, Integer.MAX_VALUE);
    }

    private static CocoMetrics metrics(JsonObject node) {
        return CocoMetrics.of(node::number);
    }
}
