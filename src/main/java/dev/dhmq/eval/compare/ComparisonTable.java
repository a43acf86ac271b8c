package dev.dhmq.eval.compare;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.files.NewFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code compare.md}: the results as one table a ratio, in Markdown. */
public final class ComparisonTable {
    private static final int MEGABYTE = 1_000_000;

    private final Results results;
    private final CocoMetrics floats;

    private ComparisonTable(Results results) {
        this.results = results;
        this.floats = results.floats().orElseThrow();
    }

    /** Writes the tables of all cells that are judged. */
    public static void write(Path file, Results results) {
        String text = new ComparisonTable(results).text();
        NewFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "Float: AP %.4f, AP50 %.4f, AP75 %.4f. Numbers are medians over the seeds, least and most in brackets where they"
                        + " differ. AP lost is in points, hundredths; `of uniform` is that over what `uniform` lost; corrected is"
                        + " after the correction of the outputs' statistics, compensated after steps of the weights and that"
                        + " correction, of all methods alike. Bytes are those of the"
                        + " quantizable layers with their scales. Gradients, products with the Hessian, losses and seconds are"
                        + " what the choice took by itself; MB is the highest resident memory of the process meanwhile, model,"
                        + " pictures and what earlier work left included. Rank is Spearman's correlation of predicted with measured"
                        + " loss changes of the steps; rank, static, that of predictions which never learn from the steps before;"
                        + " and rank, fresh, that with the loss on as many of the images that are judged. The calibration loss is that of the objective effect where the model serves"
                        + " it, classification and regression.%n",
                floats.ap(),
                floats.ap50(),
                floats.ap75()));
        results.ratios().forEach(ratio -> text.append(table(ratio)));
        text.append(String.format("%n## Conditions%n%n"));
        results.conditions().forEach((what, value) -> text.append(String.format("* %s: %s%n", what, value)));
        results.methods().forEach((label, how) -> text.append(String.format("* method %s: %s%n", label, how)));
        return text.toString();
    }

    private String table(double ratio) {
        List<Column> columns = columns(ratio);
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT, "%n## %s times smaller%n%n", ratio));
        table.append(line(columns.stream().map(Column::name)));
        table.append("|---".repeat(columns.size())).append(String.format("|%n"));
        for (String method : results.methods().keySet()) {
            List<Cell> cells = results.judged(method, ratio).toList();
            if (!cells.isEmpty()) {
                table.append(line(columns.stream().map(column -> column.text().apply(cells))));
            }
        }
        return table.toString();
    }

    private static String line(Stream<String> entries) {
        return String.format("| %s |%n", entries.collect(Collectors.joining(" | ")));
    }

    /** A column, and what it says of a method's cells. */
    private record Column(String name, Function<List<Cell>, String> text) {}

    private List<Column> columns(double ratio) {
        List<Column> columns = new ArrayList<>();
        columns.add(new Column("method", cells -> cells.getFirst().method()));
        columns.add(new Column("seeds", cells -> Integer.toString(cells.size())));
        columns.add(number("AP", "%.4f", cell -> cell.metrics().orElseThrow().ap()));
        for (Treatment treatment : results.treatments()) {
            columns.add(new Column(treatment.after("AP lost"), cells -> apLost(cells, treatment)));
            columns.add(new Column(treatment.after("of uniform"), cells -> ofUniform(ratio, cells, treatment)));
        }
        columns.add(number(
                "AP50 lost",
                "%.2f",
                cell -> 100 * (floats.ap50() - cell.metrics().orElseThrow().ap50())));
        columns.add(number("bytes", "%.0f", Cell::bytes));
        columns.add(number("times smaller", "%.2f", Cell::reached));
        columns.add(new Column(
                "calibration loss",
                cells -> spread(cells, "%.4g", cell -> cell.loss().classification()) + "; "
                        + spread(cells, "%.4g", cell -> cell.loss().regression())));
        columns.add(number("gradients", "%.0f", cell -> cell.cost().gradients()));
        columns.add(number("products", "%.0f", cell -> cell.cost().hessianVectorProducts()));
        columns.add(number("losses", "%.0f", cell -> cell.cost().losses()));
        columns.add(number("seconds", "%.1f", Cell::seconds));
        columns.add(new Column("MB", ComparisonTable::peak));
        columns.add(new Column("rank", cells -> rank(cells, Ranks::predicted)));
        columns.add(new Column("rank, static", cells -> rank(cells, Ranks::predictedStatic)));
        columns.add(new Column("rank, fresh", cells -> rank(cells, Ranks::fresh)));
        return columns;
    }

    private static Column number(String name, String format, ToDoubleFunction<Cell> number) {
        return new Column(name, cells -> spread(cells, format, number));
    }

    private static boolean judged(List<Cell> cells, Treatment treatment) {
        return cells.stream().allMatch(cell -> cell.metrics(treatment).isPresent());
    }

    private String apLost(List<Cell> cells, Treatment treatment) {
        return judged(cells, treatment) ? spread(cells, "%.2f", cell -> cell.apLost(treatment, floats)) : "";
    }

    /** The median loss of AP over uniform bits' own; nothing where those lost none. */
    private String ofUniform(double ratio, List<Cell> cells, Treatment treatment) {
        List<Cell> uniform = results.judged(BitsMethod.UNIFORM.label(), ratio).toList();
        if (uniform.isEmpty() || !judged(cells, treatment) || !judged(uniform, treatment)) {
            return "";
        }
        ToDoubleFunction<Cell> lost = cell -> cell.apLost(treatment, floats);
        double theirs = median(uniform, lost);
        return theirs > 0 ? String.format(Locale.ROOT, "%.2f", median(cells, lost) / theirs) : "";
    }

    private static double median(List<Cell> cells, ToDoubleFunction<Cell> number) {
        return Spread.of(cells.stream().mapToDouble(number)).median();
    }

    private static String peak(List<Cell> cells) {
        return cells.stream().allMatch(cell -> cell.peakBytes().isPresent())
                ? spread(cells, "%.0f", cell -> (double) cell.peakBytes().orElseThrow() / MEGABYTE)
                : "";
    }

    private static String rank(List<Cell> cells, Function<Ranks, OptionalDouble> which) {
        double[] ranks = cells.stream()
                .flatMapToDouble(cell -> which.apply(cell.ranks()).stream())
                .toArray();
        return ranks.length == 0 ? "" : spread(Spread.of(Arrays.stream(ranks)), "%.2f");
    }

    private static String spread(List<Cell> cells, String format, ToDoubleFunction<Cell> number) {
        return spread(Spread.of(cells.stream().mapToDouble(number)), format);
    }

    private static String spread(Spread spread, String format) {
        String median = String.format(Locale.ROOT, format, spread.median());
        String least = String.format(Locale.ROOT, format, spread.least());
        String most = String.format(Locale.ROOT, format, spread.most());
        return least.equals(most) ? median : median + " [" + least + ", " + most + "]";
    }
}
