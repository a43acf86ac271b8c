package dev.dhmq.cli;

import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.export.PlanJson;
import dev.dhmq.export.SearchJournalFile;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.Sample;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.search.ActivationBits;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.Budget;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.SearchStep;
import dev.dhmq.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq search}: how many bits each layer of a trained detector needs. */
@Command(
        name = "search",
        description = "Finds how many bits each layer needs, and writes plan.json.",
        footer = {
            "  dhmq search --model cells --images photos --annotations train.json \\",
            "      --calibration-images 16 --ratio 8 --bits 2,3,4,5,6,8 --out cells-8x",
            "  dhmq search --model cells --images photos --annotations train.json \\",
            "      --ratio 8,10.67 --out cells-plans"
        })
final class SearchCommand implements Callable<Integer> {
    /** Ranks of fewer steps say nothing. */
    private static final int FEWEST_RANKED = 6;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder of a trained detector.")
    private Path folder;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutOption out;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private SearchOptions search;

    @Mixin
    private ActivationOptions activationOptions;

    @ArgGroup(exclusive = true, multiplicity = "1", heading = "Size, one of:%n", order = 0)
    private SizeTargetOptions target;

    @Option(
            names = "--calibration-images",
            defaultValue = "16",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images to measure the loss on, drawn from the annotated ones by the seed (default: 16).")
    private int calibrationImages;

    @Override
    public Integer call() {
        ModelDirectory directory = new ModelDirectory(folder);
        CocoDataset dataset = data.read(directory.readConfig().classes());
        Optional<ActivationBits> activationBits = activationOptions.bits();
        Path results = out.make();
        compute.applyThreads();
        try (DetectionModel model = DetectorCheckpoint.load(
                        folder, report -> spec.commandLine().getErr().println(report.sentence()));
                Backend backend = compute.openBackend()) {
            activationBits.ifPresent(_ -> HookedLayers.requireHooks(model));
            DetectorConfig config = model.config();
            List<Sample> samples = CalibrationSet.draw(dataset.samples(config), calibrationImages, compute.seed());
            Provenance provenance =
                    new Provenance(directory.sha256(), compute.seed(), compute.threads(), backend.name());
            List<Budget> budgets = target.budgets();
            SearchRun run = new SearchRun(model, backend, samples, search, provenance, main.progress());
            SearchOptions.ObjectiveChoice objective =
                    search.objectiveFor(model, spec.commandLine().getErr());
            List<QuantizationPlan> plans;
            try (SearchJournalFile journal =
                    SearchJournalFile.open(results.resolve("search.journal"), search(provenance, objective, samples))) {
                if (!journal.entries().isEmpty()) {
                    spec.commandLine()
                            .getErr()
                            .println("Going on after step " + journal.entries().size()
                                    + ", where an earlier search ended.");
                }
                plans = run.plans(objective, budgets, journal);
            }
            ActivationRun activationRun = new ActivationRun(model, backend, samples, search, main.progress());
            for (int i = 0; i < plans.size(); i++) {
                Path file = results.resolve(plans.size() == 1 ? "plan.json" : "plan-" + (i + 1) + ".json");
                QuantizationPlan plan = plans.get(i);
                Optional<ActivationPlan> activations = activationBits.map(
                        bits -> activationRun.plan(objective, plan, bits, activationOptions.range()));
                PlanJson.write(file, plan, activations);
                describe(plan, file);
                activations.ifPresent(this::describe);
            }
        }
        return ExitCode.FINE;
    }

    /** All that the way down depends on, for the journal. */
    private String search(Provenance provenance, SearchOptions.ObjectiveChoice objective, List<Sample> samples) {
        return "objective " + objective.name().toLowerCase(Locale.ROOT) + ", " + search.settings(compute.seed()) + ", "
                + provenance + ", batches of " + search.batch() + " of the images "
                + samples.stream().map(Sample::name).toList() + " of " + data.annotations();
    }

    private void describe(QuantizationPlan plan, Path file) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%s: %.2f times smaller, %d bytes, %.2f bits a weight; %d gradients and %d Hessian-vector products%n",
                file,
                plan.compressionRatio(),
                plan.bytes(),
                plan.meanBits(),
                plan.cost().gradients(),
                plan.cost().hessianVectorProducts());
        describePredictions(plan.steps());
        for (QuantizationPlan.LayerPlan layer : plan.layers()) {
            out.printf(
                    Locale.ROOT,
                    "  %2d bits  %s%n",
                    layer.bits() == Backend.SKIP ? Float.SIZE : layer.bits(),
                    layer.name());
        }
    }

    /** Says how well the predictions ordered the steps, and warns where it was no better than chance. */
    private void describePredictions(List<SearchStep> steps) {
        OptionalDouble dynamical = RankCorrelation.ofSteps(steps);
        if (steps.size() < FEWEST_RANKED || dynamical.isEmpty()) {
            return;
        }
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "  predicted and measured loss change of %d steps: rank correlation %.2f, of a static prediction %.2f%n",
                steps.size(),
                dynamical.getAsDouble(),
                RankCorrelation.ofStaticSteps(steps).orElse(Double.NaN));
        if (RankCorrelation.isChance(dynamical.getAsDouble(), steps.size())) {
            spec.commandLine()
                    .getErr()
                    .println("The predictions order the steps no better than chance would; calibrate on more images"
                            + " (--calibration-images), and judge the plan with dhmq eval before it is used.");
        }
    }

    private void describe(ActivationPlan activations) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "activations: %.2f bits an element; loss %+.4g%s%n",
                activations.meanBits(),
                activations.measured(),
                activations.bits() instanceof ActivationBits.Mixed
                        ? String.format(Locale.ROOT, " (predicted %+.4g)", activations.predicted())
                        : "");
        for (ActivationPlan.Entry entry : activations.activations()) {
            out.printf(
                    Locale.ROOT, "  %2d bits  input of %s%n", entry.quantizer().bits(), entry.layer());
        }
    }
}
