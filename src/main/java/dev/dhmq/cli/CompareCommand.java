package dev.dhmq.cli;

import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.UnitedDataset;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.eval.compare.Baselines;
import dev.dhmq.eval.compare.Cell;
import dev.dhmq.eval.compare.Comparison;
import dev.dhmq.eval.compare.ComparisonTable;
import dev.dhmq.eval.compare.DataFingerprint;
import dev.dhmq.eval.compare.Judge;
import dev.dhmq.eval.compare.Method;
import dev.dhmq.eval.compare.Results;
import dev.dhmq.eval.compare.SearchMethod;
import dev.dhmq.eval.compare.Subject;
import dev.dhmq.eval.compare.Treatment;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.tensor.Backend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq compare}: the search, its variants and the baselines on one model, in one table. */
@Command(
        name = "compare",
        description = {
            "Compares ways to choose bits on one detector: AP lost, size, and what the choice took.",
            "Writes compare.json after every finished cell and compare.md at the end. Stopped and started again with the same"
                    + " options, it goes on where it was; methods, variants and seeds may be added."
        },
        footer = {
            "  dhmq compare --model cells --images photos --annotations train.json \\",
            "      --judge val.json,test.json --ratio 8,10.67,12.8 --out comparison",
            "  dhmq compare --model cells --images photos --annotations train.json \\",
            "      --judge val.json --methods uniform,dhmq --ratio 8 --seeds 0 --out ablation \\",
            "      --variant 'no gradient: --sensitivity curvature' \\",
            "      --variant 'four images: --calibration-images 4'"
        })
final class CompareCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder of a trained detector.")
    private Path folder;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--judge",
            required = true,
            split = ",",
            paramLabel = "FILE[,FILE...]",
            description = "Annotations of other pictures in the same folder, to judge on; several files as one set.")
    private List<Path> judged;

    @Mixin
    private OutOption out;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private CompareOptions options;

    @Override
    public Integer call() {
        Baselines baselines = options.baselines();
        List<String> names = options.baselineNames(baselines);
        List<Variant> searches = options.searches();
        ModelDirectory directory = new ModelDirectory(folder);
        List<DetectorConfig.Category> classes = directory.readConfig().classes();
        CocoDataset calibration = data.read(classes);
        List<CocoDataset> judging = judged.stream()
                .map(file -> CocoDataset.read(file, data.images(), classes).requireObjects())
                .toList();
        Path results = out.make();
        compute.applyThreads();
        try (DetectionModel model = DetectorCheckpoint.load(folder, report -> main.note(report.sentence()));
                Backend backend = compute.openBackend()) {
            DetectorConfig config = model.config();
            Subject subject = new Subject(
                    model,
                    directory.sha256(),
                    backend,
                    compute.threads(),
                    new SearchMethod.Draw(calibration.samples(config), options.calibrationImages(), options.batch()),
                    options.common().search().settings(0),
                    fingerprint(calibration, judging));
            List<Method> methods = new ArrayList<>();
            names.forEach(name -> methods.add(baselines.named(name)));
            UnitedDataset united = UnitedDataset.of(judging, config);
            searches.forEach(search -> methods.add(method(search, model, calibration, united.samples())));
            Judge judge = new Judge(model, backend, new DetectorEvaluation(united.truth(), united.samples()));
            Results found = new Comparison(
                            subject, judge, methods, options.seeds(), options.ratios(), options.correction())
                    .run(results.resolve("compare.json"), main.progress(), this::describe);
            ComparisonTable.write(results.resolve("compare.md"), found);
        }
        return ExitCode.FINE;
    }

    private String fingerprint(CocoDataset calibration, List<CocoDataset> judging) {
        List<CocoDataset> all = new ArrayList<>(List.of(calibration));
        all.addAll(judging);
        return DataFingerprint.of(all, data.images());
    }

    private Method method(Variant search, DetectionModel model, CocoDataset calibration, SampleSource unseen) {
        Optional<CocoDataset> own = search.calibrateOn()
                .map(file -> CocoDataset.read(
                                file, data.images(), model.config().classes())
                        .requireObjects());
        String definition = search.definition()
                + own.map(dataset -> ", data " + DataFingerprint.of(List.of(dataset), data.images()))
                        .orElse("");
        SearchOptions options = search.search();
        int images = search.calibrationImages(this.options.calibrationImages());
        return new SearchMethod(
                search.name(),
                definition,
                options::settings,
                options.objectiveFor(model, spec.commandLine().getErr()),
                new SearchMethod.Draw(own.orElse(calibration).samples(model.config()), images, options.batch()),
                new SearchMethod.Draw(unseen, images, options.batch()));
    }

    private void describe(Comparison.Finished finished) {
        Cell cell = finished.cell();
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%s, seed %d, ratio %s: AP %.4f, %.2f points lost%s; %.2f times smaller, %d gradients, %d products,"
                                + " %.1f s%n",
                        cell.method(),
                        cell.seed(),
                        cell.ratio(),
                        cell.metrics().orElseThrow().ap(),
                        cell.apLost(Treatment.NONE, finished.results().floats().orElseThrow()),
                        after(cell, Treatment.CORRECTED) + after(cell, Treatment.COMPENSATED),
                        cell.reached(),
                        cell.cost().gradients(),
                        cell.cost().hessianVectorProducts(),
                        cell.seconds());
    }

    private static String after(Cell cell, Treatment treatment) {
        return cell.metrics(treatment)
                .map(metrics -> String.format(Locale.ROOT, ", %s AP %.4f", treatment.word(), metrics.ap()))
                .orElse("");
    }
}
