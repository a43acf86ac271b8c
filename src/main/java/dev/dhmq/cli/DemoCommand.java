package dev.dhmq.cli;

import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.search.Budget;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code dhmq demo}: the whole method on a detector and scenes that come with the project. Float, uniform bits, and a
 * searched plan of the same size, on scenes neither training nor calibration has seen.
 */
@Command(
        name = "demo",
        description = "Quantizes the detector that comes with DHMQ at three sizes and compares it with uniform bits.",
        footer = {"  dhmq demo"})
final class DemoCommand implements Callable<Integer> {
    /** Training takes scenes from 0 on; these are far beyond. */
    private static final int FIRST_CALIBRATION_SCENE = 50_000;

    private static final int CALIBRATION_SCENES = 16;
    private static final int FIRST_TEST_SCENE = 100_000;
    private static final List<Integer> UNIFORM_BITS = List.of(5, 4, 3);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private SeedOption seed;

    @Mixin
    private SearchOptions search;

    @Option(
            names = "--test-scenes",
            defaultValue = "200",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Scenes to judge the result on (default: 200).")
    private int testScenes;

    @Override
    public Integer call() throws IOException {
        compute.applyThreads();
        DemoCheckpoint checkpoint = DemoCheckpoint.load();
        try (DetectionModel model = checkpoint.model();
                Backend backend = compute.openBackend()) {
            compare(model, backend, checkpoint.sha256());
        }
        return ExitCode.FINE;
    }

    private void compare(DetectionModel model, Backend backend, String sha256) {
        SyntheticScenes scenes = DemoCheckpoint.scenes(model.config());
        ParameterLayout layout = model.weights().layout();
        List<BitAssignment> uniform = UNIFORM_BITS.stream()
                .map(bits -> BitAssignment.uniform(layout, bits))
                .toList();
        List<Budget> sameSizes = uniform.stream()
                .<Budget>map(bits -> new Budget.Bytes(QuantizedSize.bytes(layout, bits.over(layout))))
                .toList();
        List<Sample> calibration = CalibrationSet.draw(
                scenes.samples(FIRST_CALIBRATION_SCENE, CALIBRATION_SCENES), CALIBRATION_SCENES, seed.value());
        Provenance provenance = new Provenance(sha256, seed.value(), compute.threads(), backend.name());
        SearchRun run = new SearchRun(model, backend, calibration, search, provenance, main.progress());
        List<QuantizationPlan> plans =
                run.plans(search.objectiveFor(model, spec.commandLine().getErr()), sameSizes);

        SampleSource test = scenes.samples(FIRST_TEST_SCENE, testScenes);
        DetectorEvaluation evaluation = new DetectorEvaluation(CocoDataset.of("test scenes", test), test);
        DemoTable table = new DemoTable(model, backend, evaluation, main.progress());
        table.addFloat();
        for (int i = 0; i < plans.size(); i++) {
            table.add("uniform " + UNIFORM_BITS.get(i) + " bits", uniform.get(i), 0);
            table.add("DHMQ", plans.get(i).assignment(), run.secondsTo(plans.get(i)));
        }
        table.print(spec.commandLine().getOut());
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%nA RetinaNet-ResNet18 of %.1f million weights on %d scenes it never saw. Each DHMQ row is at most"
                                + " as large as the uniform row above it; seconds are of the search up to there, which took"
                                + " %d gradients of %d scenes for all three.%n",
                        layout.size() / 1e6,
                        testScenes,
                        plans.getLast().cost().gradients(),
                        CALIBRATION_SCENES);
    }
}
