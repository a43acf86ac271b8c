package dev.dhmq.report;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.compare.Cell;
import dev.dhmq.eval.compare.Ranks;
import dev.dhmq.eval.compare.Results;
import dev.dhmq.eval.compare.Spread;
import dev.dhmq.eval.compare.Treatment;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BiConsumer;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** The methods of a comparison at each size: what they lose, and what the choice took. */
record ComparisonSection(Results results) implements Section {
    private static final List<String> COSTS = List.of(
            "method",
            "seeds",
            "gradients",
            "Hessian products",
            "losses",
            "seconds",
            "MB at most",
            "rank correlation",
            "of a static prediction",
            "on unseen images");

    private static final double MEGABYTE = 1e6;

    @Override
    public String id() {
        return "comparison";
    }

    @Override
    public String title() {
        return "Beside other methods";
    }

    @Override
    public void write(Markup page) {
        CocoMetrics floats = results.floats().orElseThrow();
        page.leaf(
                "p",
                "The float model has AP " + Numerals.fixed(floats.ap(), 4) + ", AP50 "
                        + Numerals.fixed(floats.ap50(), 4)
                        + " and AP75 " + Numerals.fixed(floats.ap75(), 4)
                        + ". Numbers are medians over the seeds, with the least and the most where they differ; a point is a"
                        + " hundredth of AP. Corrected is after dhmq correct, compensated after dhmq correct --compensate, of all methods alike. The best of"
                        + " each at each size is bold.",
                "class",
                "lead");
        List<String> columns = columns();
        Table table = Table.begin(page, "Methods at each size", columns, true);
        results.ratios().forEach(ratio -> {
            table.group(asked(ratio), columns.size());
            rows(ratio, (method, cells) -> accuracy(table, method, cells, ratio, floats));
        });
        table.finish();
        page.open("details", "class", "numbers").leaf("summary", "What the choices took");
        costs(page);
        page.close().line();
    }

    private List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("method", "seeds", "AP"));
        results.treatments().forEach(treatment -> columns.add(treatment.after("points lost")));
        columns.addAll(List.of("AP50", "AP75", "bytes", "times smaller", "bits a weight"));
        return columns;
    }

    private static String asked(double ratio) {
        return Numerals.fixed(ratio, 2) + " times smaller asked for";
    }

    /** The methods that were judged at this ratio. */
    private void rows(double ratio, BiConsumer<String, List<Cell>> row) {
        for (String method : results.methods().keySet()) {
            List<Cell> cells = results.judged(method, ratio).toList();
            if (!cells.isEmpty()) {
                row.accept(method, cells);
            }
        }
    }

    /** The highest median of a number at this ratio, among the methods that were judged after the treatment for all their seeds. */
    private double best(double ratio, Treatment treatment, ToDoubleFunction<Cell> number) {
        return results.methods().keySet().stream()
                .map(method -> results.judged(method, ratio).toList())
                .filter(cells -> !cells.isEmpty() && judged(cells, treatment))
                .mapToDouble(cells -> median(cells, number))
                .max()
                .orElse(Double.NaN);
    }

    private void accuracy(Table table, String method, List<Cell> cells, double ratio, CocoMetrics floats) {
        table.row(method).whole(cells.size());
        double best = best(ratio, Treatment.NONE, ComparisonSection::ap);
        spread(table, cells, ComparisonSection::ap, value -> Numerals.fixed(value, 4), best);
        for (Treatment treatment : results.treatments()) {
            if (!judged(cells, treatment)) {
                table.none();
                continue;
            }
            // What stands out without treatment is its AP.
            double least = treatment == Treatment.NONE
                    ? Double.NaN
                    : -best(ratio, treatment, cell -> -cell.apLost(treatment, floats));
            spread(table, cells, cell -> cell.apLost(treatment, floats), value -> Numerals.fixed(value, 2), least);
        }
        spread(table, cells, cell -> cell.metrics().orElseThrow().ap50(), value -> Numerals.fixed(value, 4));
        spread(table, cells, cell -> cell.metrics().orElseThrow().ap75(), value -> Numerals.fixed(value, 4));
        spread(table, cells, Cell::bytes, value -> Numerals.whole(Math.round(value)));
        spread(table, cells, Cell::reached, value -> Numerals.fixed(value, 2));
        spread(table, cells, Cell::meanBits, value -> Numerals.fixed(value, 2));
        table.end();
    }

    private void costs(Markup page) {
        page.leaf(
                "p",
                "What each choice took by itself, in passes over the calibration images; MB is the highest resident memory of"
                        + " the process meanwhile, the model and all else included. Ranks are of predicted with measured loss"
                        + " changes of a search's steps, on its own images; of predictions that never learn from the steps before; and of the"
                        + " search's on as many images that it has not seen.",
                "class",
                "lead");
        Table table = Table.begin(page, "Cost of the methods at each size", COSTS, true);
        results.ratios().forEach(ratio -> {
            table.group(asked(ratio), COSTS.size());
            rows(ratio, (method, cells) -> cost(table, method, cells));
        });
        table.finish();
    }

    private static void cost(Table table, String method, List<Cell> cells) {
        table.row(method).whole(cells.size());
        spread(table, cells, cell -> cell.cost().gradients(), value -> Numerals.whole(Math.round(value)));
        spread(table, cells, cell -> cell.cost().hessianVectorProducts(), value -> Numerals.whole(Math.round(value)));
        spread(table, cells, cell -> cell.cost().losses(), value -> Numerals.whole(Math.round(value)));
        spread(table, cells, Cell::seconds, value -> Numerals.fixed(value, 1));
        where(
                table,
                cells,
                cell -> cell.peakBytes().isPresent(),
                cell -> cell.peakBytes().orElseThrow() / MEGABYTE,
                value -> Numerals.fixed(value, 0));
        rank(table, cells, Ranks::predicted);
        rank(table, cells, Ranks::predictedStatic);
        rank(table, cells, Ranks::fresh);
        table.end();
    }

    private static void rank(Table table, List<Cell> cells, Function<Ranks, OptionalDouble> which) {
        where(
                table,
                cells,
                cell -> which.apply(cell.ranks()).isPresent(),
                cell -> which.apply(cell.ranks()).orElseThrow(),
                value -> Numerals.fixed(value, 2));
    }

    /** A number that not all methods have. */
    private static void where(
            Table table,
            List<Cell> cells,
            Predicate<Cell> has,
            ToDoubleFunction<Cell> number,
            DoubleFunction<String> words) {
        List<Cell> known = cells.stream().filter(has).toList();
        if (known.isEmpty()) {
            table.none();
        } else {
            spread(table, known, number, words);
        }
    }

    private static boolean judged(List<Cell> cells, Treatment treatment) {
        return cells.stream().allMatch(cell -> cell.metrics(treatment).isPresent());
    }

    private static double ap(Cell cell) {
        return cell.metrics().orElseThrow().ap();
    }

    private static double median(List<Cell> cells, ToDoubleFunction<Cell> number) {
        return Spread.of(cells.stream().mapToDouble(number)).median();
    }

    private static void spread(
            Table table, List<Cell> cells, ToDoubleFunction<Cell> number, DoubleFunction<String> words) {
        spread(table, cells, number, words, Double.NaN);
    }

    /** The median stands out where it is the best. */
    private static void spread(
            Table table, List<Cell> cells, ToDoubleFunction<Cell> number, DoubleFunction<String> words, double best) {
        Spread spread = Spread.of(cells.stream().mapToDouble(number));
        String least = words.apply(spread.least());
        String most = words.apply(spread.most());
        table.number(
                words.apply(spread.median()),
                spread.median(),
                least.equals(most) ? "" : least + " to " + most,
                spread.median() == best);
    }
}
