package dev.dhmq.report;

import dev.dhmq.InvalidInputException;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.compare.ComparisonFile;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.Sha256;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what a report is made from. */
public final class ReportFiles {
    private static final long MAX_EVALUATION_BYTES = 1 << 20;

    private ReportFiles() {}

    /**
     * Reads plans, the largest first. Those that are equally small are named by their files too.
     *
     * @throws InvalidInputException where one is missing, broken, no plan, lacks what a report shows, or is named twice
     */
    public static List<PlanDocument> plans(List<Path> files) {
        Set<Path> seen = new HashSet<>();
        for (Path file : files) {
            if (!seen.add(file.toAbsolutePath().normalize())) {
                throw new InvalidInputException(file + " is named twice; name each plan once.");
            }
        }
        List<PlanDocument> plans = files.stream().map(PlanReader::read).toList();
        Map<String, Long> count =
                plans.stream().collect(Collectors.groupingBy(PlanDocument::name, Collectors.counting()));
        return plans.stream()
                .map(plan -> count.getOrDefault(plan.name(), 0L) > 1 ? plan.namedByFile() : plan)
                .sorted(Comparator.comparingDouble(PlanDocument::compressionRatio))
                .toList();
    }

    /**
     * Reads a comparison.
     *
     * @throws InvalidInputException where it is missing or broken, or nothing in it has been judged yet
     */
    public static Report.Compared comparison(Path file) {
        Report.Compared compared = new Report.Compared(file, Sha256.of(file), ComparisonFile.read(file));
        if (compared.results().floats().isEmpty()) {
            throw new InvalidInputException(
                    file + " has no judged model yet; let dhmq compare run on, or leave the comparison out.");
        }
        return compared;
    }

    /**
     * Reads what {@code dhmq eval --json} has printed.
     *
     * @throws InvalidInputException where the file is missing or broken, or lacks one of the twelve numbers
     */
    public static Report.Evaluation evaluation(String label, Path file) {
        JsonObject root =
                JsonFile.readObject(file, "COCO's numbers (dhmq eval --json prints them)", MAX_EVALUATION_BYTES);
        return new Report.Evaluation(label, file, CocoMetrics.of(key -> number(root, key)));
    }

    private static double number(JsonObject root, String key) {
        double value = root.number(key);
        if (!(value >= -1 && value <= 1)) {
            throw root.wrong(key, "must be from 0 to 1, or -1 where there was nothing to find, but is " + value);
        }
        return value;
    }
}
