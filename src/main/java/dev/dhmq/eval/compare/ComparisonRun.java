package dev.dhmq.eval.compare;

import dev.dhmq.Progress;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One way through a comparison's cells, past those that are there already. */
final class ComparisonRun {
    /** Choosing and judging are taken to take as long as each other, for want of anything better. */
    private static final double CHOOSING = 0.5;

    private final Comparison comparison;
    private final Path file;
    private final Results results;
    private final Comparison.Listener listener;
    private final List<Integer> floatBits;

    ComparisonRun(Comparison comparison, Path file, Results results, Comparison.Listener listener) {
        this.comparison = comparison;
        this.file = file;
        this.results = results;
        this.listener = listener;
        this.floatBits =
                Collections.nCopies(comparison.subject().layout().layers().size(), Backend.SKIP);
        results.floats().ifPresent(metrics -> comparison.judge().know(floatBits, metrics));
        results.cells()
                .forEach(cell ->
                        cell.metrics().ifPresent(metrics -> comparison.judge().know(cell.bits(), metrics)));
    }

    void fill(Progress progress) {
        long missing = comparison.seeds().stream()
                .flatMap(seed -> comparison.methods().stream().map(method -> unjudged(method, seed)))
                .mapToLong(List::size)
                .sum();
        try (Meter meter = new Meter(progress, missing + 1)) {
            judgeFloat(meter);
            for (long seed : comparison.seeds()) {
                fill(seed, meter);
            }
        }
    }

    private void judgeFloat(Meter meter) {
        results.judgedFloat(comparison.judge().of(floatBits, meter.part(1, "judging float")));
        meter.reach(1, "judging float");
        ComparisonFile.write(file, results);
    }

    private void fill(long seed, Meter meter) {
        List<Method> unfinished = comparison.methods().stream()
                .filter(method -> !unjudged(method, seed).isEmpty())
                .toList();
        if (unfinished.isEmpty()) {
            return;
        }
        Situation situation = comparison.subject().situation(seed);
        for (Method method : unfinished) {
            List<Double> open = unjudged(method, seed);
            boolean chosen = open.stream()
                    .allMatch(ratio -> results.cell(method.label(), seed, ratio).isPresent());
            if (!chosen) {
                choose(method, situation, CHOOSING * open.size(), meter);
            }
            open.forEach(ratio -> judge(method, situation, ratio, chosen ? 1 : 1 - CHOOSING, meter));
        }
    }

    private List<Double> unjudged(Method method, long seed) {
        return comparison.ratios().stream()
                .filter(ratio -> results.cell(method.label(), seed, ratio)
                        .filter(this::isJudged)
                        .isEmpty())
                .toList();
    }

    private boolean isJudged(Cell cell) {
        return cell.metrics().isPresent()
                && (comparison.correction().isEmpty() || cell.corrected().isPresent());
    }

    /** Chooses for all ratios at once, as what a search does for one may depend on the others. */
    private void choose(Method method, Situation situation, double share, Meter meter) {
        double start = meter.done();
        String note = method.label() + ", seed " + situation.seed() + ", choosing bits";
        PeakMemory.restart();
        List<Choice> choices =
                method.choose(situation, comparison.budgets(), done -> meter.reach(start + share * done, note));
        OptionalLong peak = PeakMemory.bytes();
        List<TaskLosses> losses = CalibrationLosses.of(
                situation, choices.stream().map(Choice::bits).toList());
        List<Double> open = unjudged(method, situation.seed());
        for (int i = 0; i < choices.size(); i++) {
            double ratio = comparison.ratios().get(i);
            if (open.contains(ratio)) {
                results.put(cell(method.label(), situation.seed(), ratio, choices.get(i), losses.get(i), peak));
            }
        }
        meter.reach(start + share, note);
        ComparisonFile.write(file, results);
    }

    private Cell cell(String method, long seed, double ratio, Choice choice, TaskLosses loss, OptionalLong peak) {
        ParameterLayout layout = comparison.subject().layout();
        return new Cell(
                method,
                seed,
                ratio,
                Arrays.stream(choice.bits()).boxed().toList(),
                QuantizedSize.bytes(layout, choice.bits()),
                QuantizedSize.compressionRatio(layout, choice.bits()),
                QuantizedSize.meanBits(layout, choice.bits()),
                loss,
                choice.cost(),
                choice.seconds(),
                peak,
                choice.rankCorrelation(),
                choice.freshRankCorrelation(),
                Optional.empty(),
                Optional.empty());
    }

    private void judge(Method method, Situation situation, double ratio, double share, Meter meter) {
        long seed = situation.seed();
        double start = meter.done();
        double each = comparison.correction().isPresent() ? share / 2 : share;
        String note = method.label() + ", seed " + seed + ", judging at ratio " + ratio;
        Cell cell = results.cell(method.label(), seed, ratio).orElseThrow();
        Cell judged = cell.metrics().isPresent()
                ? cell
                : cell.judged(comparison.judge().of(cell.bits(), meter.part(each, note)));
        if (comparison.correction().isPresent()) {
            meter.reach(start + share - each, note);
            results.put(judged);
            ComparisonFile.write(file, results);
            Progress rest = meter.part(each, note + ", corrected");
            judged = judged.judgedCorrected(
                    corrected(judged, comparison.correction().get(), situation, rest));
        }
        meter.reach(start + share, note);
        results.put(judged);
        ComparisonFile.write(file, results);
        listener.accept(new Comparison.Finished(judged, results));
    }

    /** Other methods or ratios may have chosen the same bits with this seed, and so the same images. */
    private CocoMetrics corrected(Cell cell, Correction correction, Situation situation, Progress progress) {
        return results.cells().stream()
                .filter(other -> other.seed() == cell.seed() && other.bits().equals(cell.bits()))
                .flatMap(other -> other.corrected().stream())
                .findFirst()
                .orElseGet(() -> comparison.judge().corrected(cell.bits(), correction, situation.samples(), progress));
    }
}
