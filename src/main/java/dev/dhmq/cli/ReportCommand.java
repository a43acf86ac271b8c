package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.report.DetectorTitle;
import dev.dhmq.report.Gallery;
import dev.dhmq.report.GalleryRun;
import dev.dhmq.report.HtmlReport;
import dev.dhmq.report.Photographs;
import dev.dhmq.report.PlanDocument;
import dev.dhmq.report.Report;
import dev.dhmq.report.ReportFiles;
import dev.dhmq.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq report}: plans, what they cost, and what the detectors find, in one HTML file. */
@Command(
        name = "report",
        description = {
            "Writes an HTML page about plans: bits, sensitivities, the search's way, sizes and settings.",
            "One file that needs no network. With a comparison it shows size against accuracy, with a model and pictures"
                    + " what float and quantized detectors find."
        },
        footer = {
            "  dhmq report --plan cells-8x/plan.json --out report.html",
            "  dhmq report --plan plans/plan-1.json,plans/plan-2.json \\",
            "      --compare comparison/compare.json --out report.html",
            "  dhmq report --plan cells-8x/plan.json --model cells --images photos \\",
            "      --annotations val.json --eval float=float.json \\",
            "      --eval '8 times smaller=quantized.json' --out report.html"
        })
final class ReportCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--plan",
            required = true,
            split = ",",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Plans of dhmq search for one detector.")
    private List<Path> plans;

    @Option(
            names = "--compare",
            paramLabel = "FILE",
            description = "A compare.json of dhmq compare for the same detector.")
    private @Nullable Path comparison;

    @Option(
            names = "--eval",
            paramLabel = "NAME=FILE",
            description =
                    "What dhmq eval --json has printed, under a name; the first is what others are compared with. May be"
                            + " repeated.")
    private Map<String, Path> evaluations = new LinkedHashMap<>();

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "Folder of the detector, to show what it finds in --images, float and quantized.")
    private @Nullable Path model;

    @Option(names = "--images", paramLabel = "DIR", description = "Folder of the pictures; needed with --model.")
    private @Nullable Path images;

    @Option(
            names = "--annotations",
            paramLabel = "FILE",
            description =
                    "Annotations to draw beside the detections: a COCO file, or Pascal VOC's, as with dhmq train.")
    private @Nullable Path annotations;

    @Option(
            names = "--pictures",
            defaultValue = "6",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Pictures to show, drawn by the seed (default: 6).")
    private int pictures;

    @Option(
            names = "--min-score",
            defaultValue = "0.5",
            paramLabel = "X",
            converter = Numbers.Score.class,
            description = "Least confidence of a detection that is drawn, from 0 to 1 (default: 0.5).")
    private double leastScore;

    @Option(names = "--title", paramLabel = "TEXT", description = "Heading of the page.")
    private @Nullable String title;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The HTML file to write.")
    private Path out;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private SeedOption seed;

    @Override
    public Integer call() throws IOException {
        checkPictureOptions();
        List<PlanDocument> documents = ReportFiles.plans(plans);
        Report report = new Report(
                heading(),
                "dhmq " + Version.number(),
                documents,
                Optional.ofNullable(comparison).map(ReportFiles::comparison),
                evaluations.entrySet().stream()
                        .map(entry -> ReportFiles.evaluation(entry.getKey(), entry.getValue()))
                        .toList(),
                Optional.empty());
        if (model != null && images != null) {
            report = report.with(gallery(documents, model, images));
        }
        HtmlReport.write(out, report);
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%s: %d plan%s, %d bytes%n",
                        out,
                        plans.size(),
                        plans.size() == 1 ? "" : "s",
                        Files.size(out));
        return ExitCode.FINE;
    }

    private void checkPictureOptions() {
        if ((model == null) != (images == null)) {
            throw new InvalidInputException(
                    model == null
                            ? "--images needs --model, the folder of the detector that looks at them."
                            : "--model needs --images, the folder of the pictures.");
        }
        if (annotations != null && model == null) {
            throw new InvalidInputException("--annotations are of pictures; name those with --model and --images.");
        }
        if (Files.isDirectory(out)) {
            throw new InvalidInputException("--out " + out + " is a folder; name a file, such as report.html in it.");
        }
    }

    private String heading() {
        if (title != null && !title.isBlank()) {
            return title;
        }
        return model == null ? "Mixed-precision plans" : DetectorTitle.of(new ModelDirectory(model).readConfig());
    }

    private Gallery gallery(List<PlanDocument> documents, Path folder, Path pictureFolder) {
        for (PlanDocument plan : documents) {
            ModelPlan.read(plan.file(), folder);
        }
        Photographs photographs = annotations == null
                ? Photographs.of(pictureFolder, pictures, seed.value())
                : Photographs.of(
                        CocoDataset.read(
                                        annotations,
                                        pictureFolder,
                                        new ModelDirectory(folder).readConfig().classes())
                                .requireObjects(),
                        pictures,
                        seed.value());
        compute.applyThreads();
        try (Backend backend = compute.openBackend()) {
            return new GalleryRun(folder, backend, leastScore)
                    .run(photographs, documents, report -> main.note(report.sentence()), main.progress());
        }
    }
}
