package dev.dhmq.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import dev.dhmq.data.ImageFile;
import dev.dhmq.data.PngFile;
import dev.dhmq.data.RgbImage;
import dev.dhmq.detect.BoxPainter;
import dev.dhmq.detect.DetectedObject;
import dev.dhmq.detect.DetectionsJson;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq detect}: what a detector finds in pictures, drawn on them and as JSON. */
@Command(
        name = "detect",
        description = "Finds the objects in pictures, and draws them.",
        footer = {
            "  dhmq detect --model cells-packed photo.jpg --out drawn",
            "  dhmq detect --model cells --plan cells-8x/plan.json photos \\",
            "      --min-score 0.3 --json",
            "  dhmq detect --model cells.onnx photo.jpg --json"
        })
final class DetectCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "Folder of a detector, packed or not, or an .onnx file of dhmq export's.")
    private Path model;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Quantize the weights, and the activations where it has some, by this plan.")
    private @Nullable Path plan;

    @Parameters(arity = "1..*", paramLabel = "IMAGES", description = "JPEG or PNG pictures, or folders of them.")
    private List<Path> pictures;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for copies of the pictures with boxes drawn on them, as PNG; made where missing.")
    private @Nullable Path out;

    @Option(
            names = "--min-score",
            defaultValue = "0.5",
            paramLabel = "S",
            converter = Numbers.Score.class,
            description = "Leave out objects less sure than this, from 0 to 1 (default: 0.5).")
    private double minimumScore;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = ComputeOptions.ThreadCount.class,
            description = "Threads to use (default: one for every core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", description = "Print one JSON array instead of lines.")
    private boolean json;

    @Override
    public Integer call() {
        if (out == null && !json) {
            throw new InvalidInputException("Nothing would come of it: name a folder with --out, or ask for --json.");
        }
        List<Path> files = PictureFiles.find(pictures);
        Map<Path, Path> drawings = out == null ? Map.of() : PictureFiles.results(files, OutOption.make(out));
        DetectorSettings settings =
                DetectorSettings.DEFAULT.withThreads(threads).withMinimumScore(minimumScore);
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        int refused = 0;
        try (Detector detector = Detector.open(model, plan == null ? settings : settings.withPlan(plan));
                Progress.Task task = main.progress().start("Detecting", files.size())) {
            for (Path file : files) {
                try {
                    detect(detector, file, drawings, array);
                } catch (InvalidInputException e) { // of one picture: the others are not worse for it
                    spec.commandLine().getErr().println("dhmq: " + e.getMessage());
                    refused++;
                }
                task.advance("");
            }
        }
        if (json) {
            spec.commandLine().getOut().println(array.toPrettyString());
        }
        return refused == 0 ? ExitCode.FINE : ExitCode.BAD_INPUT;
    }

    private void detect(Detector detector, Path file, Map<Path, Path> drawings, ArrayNode array) {
        RgbImage picture = ImageFile.readUpright(file, DetectorSettings.DEFAULT.maximumPixels());
        List<DetectedObject> objects = detector.detect(picture);
        Path drawing = drawings.get(file);
        if (drawing != null) {
            PngFile.write(drawing, BoxPainter.paint(picture, objects));
        }
        if (json) {
            ObjectNode node = array.addObject()
                    .put("file", file.toString())
                    .put("width", picture.width())
                    .put("height", picture.height());
            DetectionsJson.add(objects, node.putArray("objects"));
        } else {
            PrintWriter printed = spec.commandLine().getOut();
            printed.println(file + ": " + counts(objects) + (drawing == null ? "" : ", drawn in " + drawing));
        }
    }

    private static String counts(List<DetectedObject> objects) {
        if (objects.isEmpty()) {
            return "nothing";
        }
        return objects.stream()
                .collect(Collectors.groupingBy(DetectedObject::name, TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }
}
