package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PackedModel;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq pack}: a detector whose file is as small as its plan says. */
@Command(
        name = "pack",
        description = "Writes a detector with its weights packed into the few bits that a plan gives them.",
        footer = {
            "  dhmq pack --model cells --plan cells-8x/plan.json --out cells-packed",
            "  dhmq eval --model cells-packed --images photos --annotations val.json"
        })
final class PackCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "Folder of the detector: the trained one, or one that dhmq finetune or dhmq correct wrote.")
    private Path folder;

    @Option(
            names = "--plan",
            required = true,
            paramLabel = "FILE",
            description = "The plan that dhmq search made for it.")
    private Path plan;

    @Mixin
    private OutOption out;

    @Mixin
    private ComputeOptions compute;

    @Override
    public Integer call() {
        ModelDirectory directory = new ModelDirectory(folder);
        if (directory.readConfig().detector().equals(DetectorConfig.TORCHSCRIPT)) {
            throw new InvalidInputException(
                    folder
                            + " holds a scripted detector, whose weights are part of its program; pack a RetinaNet or Faster R-CNN.");
        }
        PlanJson.Stored stored = ModelPlan.read(plan, folder);
        Path results = out.makeBeside(folder);
        compute.applyThreads();
        try (DetectionModel model = DetectorCheckpoint.load(folder, report -> main.note(report.sentence()));
                Backend backend = compute.openBackend()) {
            LearnedScales scales = LearnedScales.read(folder, model.weights().layout());
            PackedModel.Size size = PackedModel.write(model, plan, scales, stored.modelSha256(), backend, results);
            report(size, results, !stored.activations().isEmpty());
        }
        return ExitCode.FINE;
    }

    private void report(PackedModel.Size size, Path results, boolean activations) {
        PrintWriter printed = spec.commandLine().getOut();
        printed.printf(
                Locale.ROOT,
                "Wrote %s: %.2f MB, %.2f of them quantizable layers, in place of %.2f MB; model.json and plan.json beside it.%n",
                results.resolve("model.safetensors"),
                size.fileBytes() / 1e6,
                size.layerBytes() / 1e6,
                size.floatBytes() / 1e6);
        if (activations) {
            printed.println("The plan quantizes activations too: name it with --plan " + results.resolve("plan.json")
                    + " where they should be.");
        }
    }
}
