package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.export.ParetoCsv;
import dev.dhmq.export.PlanJson;
import dev.dhmq.export.SearchJournalFile;
import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.MacCounter;
import dev.dhmq.model.Sample;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.quant.LayerMacs;
import dev.dhmq.search.ActivationBits;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.tensor.Backend;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
        description =
                "Finds how many bits each layer needs, and writes plan.json, and the sizes on the way to pareto.csv.",
        footer = {
            "  dhmq search --model cells --images photos --annotations train.json \\",
            "      --calibration-images 16 --ratio 8 --bits 2,3,4,5,6,8 --out cells-8x",
            "  dhmq search --model cells --images photos --annotations train.json \\",
            "      --ratio 8,10.67 --out cells-plans"
        })
final class SearchCommand implements Callable<Integer> {
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
    private SeedOption seed;

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
        try (DetectionModel model = DetectorCheckpoint.load(folder, report -> main.note(report.sentence()));
                Backend backend = compute.openBackend()) {
            activationBits.ifPresent(_ -> HookedLayers.requireHooks(model));
            DetectorConfig config = model.config();
            List<Sample> samples = CalibrationSet.draw(dataset.samples(config), calibrationImages, seed.value());
            Provenance provenance = new Provenance(directory.sha256(), seed.value(), compute.threads(), backend.name());
            List<Budget> budgets = target.budgets(
                    most -> new Budget.BitOperations(most, macs(model, samples), activationWidth(activationBits)),
                    () -> Assignment.start(model.weights().layout(), search.settings(seed.value()))
                            .fewestBytes());
            SearchRun run = new SearchRun(model, backend, samples, search, provenance, main.progress());
            CalibrationLoss objective =
                    search.objectiveFor(model, spec.commandLine().getErr());
            List<QuantizationPlan> plans;
            try (SearchJournalFile journal = SearchJournalFile.open(
                    results.resolve("search.journal"), search(provenance, objective, samples, budgets))) {
                if (!journal.entries().isEmpty()) {
                    main.note("Going on after step " + journal.entries().size() + ", where an earlier search ended.");
                }
                plans = run.plans(objective, budgets, journal);
            }
            ActivationRun activationRun = new ActivationRun(model, backend, samples, search, main.progress());
            PlanText words =
                    new PlanText(spec.commandLine().getOut(), spec.commandLine().getErr());
            for (int i = 0; i < plans.size(); i++) {
                Path file = results.resolve(plans.size() == 1 ? "plan.json" : "plan-" + (i + 1) + ".json");
                QuantizationPlan plan = plans.get(i);
                Optional<ActivationPlan> activations = activationBits.map(
                        bits -> activationRun.plan(objective, plan, bits, activationOptions.range()));
                PlanJson.write(file, plan, activations);
                words.describe(plan, file);
                activations.ifPresent(words::describe);
            }
            plans.stream()
                    .min(Comparator.comparingLong(QuantizationPlan::bytes))
                    .ifPresent(smallest -> ParetoCsv.write(results.resolve("pareto.csv"), smallest));
        }
        return ExitCode.FINE;
    }

    /** All that the way down depends on, for the journal. */
    private String search(
            Provenance provenance, CalibrationLoss objective, List<Sample> samples, List<Budget> budgets) {
        return "objective " + objective.label() + ", " + search.settings(seed.value()) + ", "
                + provenance + ", batches of " + search.batch() + " of the images "
                + samples.stream().map(Sample::name).toList() + " of " + data.annotations()
                + (budgets.getFirst() instanceof Budget.BitOperations operations
                        ? ", saving bit operations of " + operations.macs()
                        : "");
    }

    private static List<Long> macs(DetectionModel model, List<Sample> samples) {
        return MacCounter.count(model, samples).stream().map(LayerMacs::macs).toList();
    }

    /** Of every layer's input, for the bit operations. */
    private static int activationWidth(Optional<ActivationBits> bits) {
        return bits.map(chosen -> switch (chosen) {
                    case ActivationBits.Fixed(int width) -> width;
                    case ActivationBits.Mixed _ ->
                        throw new InvalidInputException(
                                "--bops counts activations of one width, but --activation-mean-bits mixes them; use"
                                        + " --activation-bits, or a size of the weights as the budget.");
                })
                .orElse(Float.SIZE);
    }
}
