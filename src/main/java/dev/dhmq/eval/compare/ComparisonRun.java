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
import java.util.Map;
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
        return cell.judgements().keySet().containsAll(comparison.treatments());
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
                choice.ranks(),
                Map.of());
    }

    private void judge(Method method, Situation situation, double ratio, double share, Meter meter) {
        Cell cell = results.cell(method.label(), situation.seed(), ratio).orElseThrow();
        List<Treatment> missing = comparison.treatments().stream()
                .filter(treatment -> cell.metrics(treatment).isEmpty())
                .toList();
        String note = method.label() + ", seed " + situation.seed() + ", judging at ratio " + ratio;
        double start = meter.done();
        Cell judged = cell;
        for (int i = 0; i < missing.size(); i++) {
            Treatment treatment = missing.get(i);
            String what = treatment.after(note);
            Progress progress = meter.part(share / missing.size(), what);
            judged = judged.judged(treatment, judgement(judged, treatment, situation, progress));
            meter.reach(start + share * (i + 1) / missing.size(), what);
            results.put(judged);
            ComparisonFile.write(file, results);
        }
        listener.accept(new Comparison.Finished(judged, results));
    }

    /** Other methods or ratios may have chosen the same bits with this seed, and so the same images. */
    private CocoMetrics judgement(Cell cell, Treatment treatment, Situation situation, Progress progress) {
        return results.cells().stream()
                .filter(other -> other.seed() == cell.seed() && other.bits().equals(cell.bits()))
                .flatMap(other -> other.metrics(treatment).stream())
                .findFirst()
                .orElseGet(() -> judge(cell.bits(), treatment, situation, progress));
    }

    private CocoMetrics judge(List<Integer> bits, Treatment treatment, Situation situation, Progress progress) {
        Judge judge = comparison.judge();
        if (treatment == Treatment.NONE) {
            return judge.of(bits, progress);
        }
        Correction correction = comparison.correction().orElseThrow();
        return judge.corrected(
                bits,
                treatment == Treatment.CORRECTED ? correction.alone() : correction,
                situation.samples(),
                progress);
    }
}
