package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PlanCopy;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.checkpoint.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq convert}: a detector in the form that other programs read too. */
@Command(
        name = "convert",
        description = {
            "Writes a detector as plain float32 weights by torchvision's names, whatever form it has: what PyTorch saved, float16,"
                    + " torchvision's older names, or packed weights.",
            "PyTorch reads the result with safetensors.torch.load_file. Scales and a plan that belong to the weights go along, so"
                    + " that an unpacked detector can be packed again."
        },
        footer = {
            "  dhmq convert --model from-pytorch --out cells",
            "  dhmq convert --model cells --weights epoch_12.pth --out cells-12",
            "  dhmq convert --model cells-packed --out cells-unpacked"
        })
final class ConvertCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "Folder of the detector: model.json, and model.safetensors or model.pth.")
    private Path folder;

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            description =
                    "Weights to take in place of those in the folder: .safetensors, or a state dict of PyTorch's.")
    private @Nullable Path weights;

    @Mixin
    private OutOption out;

    @Override
    public Integer call() throws IOException {
        ModelDirectory directory = new ModelDirectory(folder);
        DetectorConfig config = directory.readConfig();
        if (config.detector().equals(DetectorConfig.TORCHSCRIPT)) {
            throw new InvalidInputException(
                    folder
                            + " holds a scripted detector, whose weights are part of its program; convert a RetinaNet or Faster R-CNN.");
        }
        ModelDirectory results = new ModelDirectory(out.makeBeside(folder));
        try (DetectionModel model = DetectorCheckpoint.load(
                config, weights == null ? directory.weights() : weights, report -> main.note(report.sentence()))) {
            // Scales and a plan belong to the folder's own weights, not to others.
            LearnedScales scales =
                    weights == null ? LearnedScales.read(folder, model.weights().layout()) : LearnedScales.NONE;
            requireNoOtherScales(scales, results.folder());
            List<String> beside = new ArrayList<>(List.of("model.json"));
            DetectorCheckpoint.save(results.folder(), model, Map.of());
            if (scales != LearnedScales.NONE) {
                scales.write(results.folder());
                beside.add("scales.safetensors");
            }
            if (weights == null && takePlan(directory, results)) {
                beside.add("plan.json");
            }
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "Wrote %s: %.2f MB of float32; beside it %s.%n",
                            results.safetensors(),
                            Files.size(results.safetensors()) / 1e6,
                            String.join(", ", beside));
        }
        return ExitCode.FINE;
    }

    /** Scales of another detector would be taken for these weights' own, and move them. */
    private static void requireNoOtherScales(LearnedScales scales, Path results) {
        if (scales == LearnedScales.NONE && Files.exists(LearnedScales.file(results))) {
            throw new InvalidInputException(LearnedScales.file(results)
                    + " belongs to another detector; delete it, or name another folder with --out.");
        }
    }

    private boolean takePlan(ModelDirectory from, ModelDirectory to) {
        Path plan = from.folder().resolve("plan.json");
        if (!Files.exists(plan)) {
            return false;
        }
        if (!PlanJson.read(plan).modelSha256().equals(from.sha256())) {
            main.note(plan + " was made for another checkpoint and is left behind.");
            return false;
        }
        PlanCopy.write(plan, to.folder().resolve("plan.json"), to.sha256());
        return true;
    }
}
