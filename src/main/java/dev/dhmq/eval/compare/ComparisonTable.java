package dev.dhmq.eval.compare;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.files.NewFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

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
                        + " after the correction of the outputs' statistics, of all methods alike. Bytes are those of the"
                        + " quantizable layers with their scales. Gradients, products with the Hessian, losses and seconds are"
                        + " what the choice took by itself; MB is the highest resident memory of the process meanwhile, model,"
                        + " pictures and what earlier work left included. Rank is Spearman's correlation of predicted with measured"
                        + " loss changes of the steps, and rank, fresh, the same of the loss on as many of the images that are"
                        + " judged. The calibration loss is that of the objective effect where the model serves"
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
        String rows = results.methods().keySet().stream()
                .map(label -> row(label, ratio, results.judged(label, ratio).toList()))
                .flatMap(Optional::stream)
                .collect(Collectors.joining());
        return String.format(
                Locale.ROOT,
                "%n## %s times smaller%n%n| method | seeds | AP | AP lost | of uniform | AP lost, corrected | of uniform, corrected |"
                        + " AP50 lost | bytes | times smaller | calibration loss | gradients | products | losses | seconds | MB | rank | rank, fresh |%n"
                        + "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|%n%s",
                ratio,
                rows);
    }

    private Optional<String> row(String label, double ratio, List<Cell> cells) {
        if (cells.isEmpty()) {
            return Optional.empty();
        }
        List<String> columns = List.of(
                label,
                Integer.toString(cells.size()),
                spread(cells, "%.4f", cell -> cell.metrics().orElseThrow().ap()),
                spread(cells, "%.2f", cell -> cell.apLost(floats)),
                ofUniform(ratio, cells, cell -> cell.apLost(floats)),
                corrected(cells) ? spread(cells, "%.2f", cell -> cell.apLostCorrected(floats)) : "",
                corrected(cells) ? ofUniform(ratio, cells, cell -> cell.apLostCorrected(floats)) : "",
                spread(
                        cells,
                        "%.2f",
                        cell -> 100
                                * (floats.ap50() - cell.metrics().orElseThrow().ap50())),
                spread(cells, "%.0f", Cell::bytes),
                spread(cells, "%.2f", Cell::reached),
                spread(cells, "%.4g", cell -> cell.loss().classification()) + "; "
                        + spread(cells, "%.4g", cell -> cell.loss().regression()),
                spread(cells, "%.0f", cell -> cell.cost().gradients()),
                spread(cells, "%.0f", cell -> cell.cost().hessianVectorProducts()),
                spread(cells, "%.0f", cell -> cell.cost().losses()),
                spread(cells, "%.1f", Cell::seconds),
                peak(cells),
                rank(cells, Cell::rankCorrelation),
                rank(cells, Cell::freshRankCorrelation));
        return Optional.of("| " + String.join(" | ", columns) + " |\n");
    }

    private static boolean corrected(List<Cell> cells) {
        return cells.stream().allMatch(cell -> cell.corrected().isPresent());
    }

    /** The median loss of AP over uniform bits' own; nothing where those lost none. */
    private String ofUniform(double ratio, List<Cell> cells, ToDoubleFunction<Cell> lost) {
        List<Cell> uniform = results.judged(BitsMethod.UNIFORM.label(), ratio).toList();
        if (uniform.isEmpty() || (corrected(cells) && !corrected(uniform))) {
            return "";
        }
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

    private static String rank(List<Cell> cells, Function<Cell, OptionalDouble> rank) {
        List<Cell> ranked =
                cells.stream().filter(cell -> rank.apply(cell).isPresent()).toList();
        return ranked.isEmpty()
                ? ""
                : spread(ranked, "%.2f", cell -> rank.apply(cell).orElseThrow());
    }

    private static String spread(List<Cell> cells, String format, ToDoubleFunction<Cell> number) {
        Spread spread = Spread.of(cells.stream().mapToDouble(number));
        String median = String.format(Locale.ROOT, format, spread.median());
        String least = String.format(Locale.ROOT, format, spread.least());
        String most = String.format(Locale.ROOT, format, spread.most());
        return least.equals(most) ? median : median + " [" + least + ", " + most + "]";
    }
}
