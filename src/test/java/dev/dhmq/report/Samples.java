package dev.dhmq.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.data.RgbImage;
import dev.dhmq.export.PlanJson;
import dev.dhmq.search.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Files and reports as a search and a comparison leave them, some of them odd on purpose. */
final class Samples {
    static final ObjectMapper JSON = new ObjectMapper();

    /** What a file from elsewhere might call a layer, a method or a class to get into the page. */
    static final String HOSTILE = "</title></style><script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp;";

    private Samples() {}

    /** A plan of a small search. */
    static Path plan(Path folder) {
        Path file = folder.resolve("plan.json");
        PlanJson.write(file, Problems.samplePlan());
        return file;
    }

    /** The same plan, changed. */
    static Path plan(Path folder, String name, Consumer<ObjectNode> change) {
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(plan(folder).toFile());
            change.accept(root);
            Path file = folder.resolve(name);
            JSON.writeValue(file.toFile(), root);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same plan with this text instead of the name {@code layer-3}, everywhere. */
    static Path planWithName(Path folder, String name) {
        try {
            String json = Files.readString(plan(folder));
            Path file = folder.resolve("named.json");
            Files.writeString(file, json.replace("\"layer-3\"", JSON.writeValueAsString(name)));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A comparison on the plan's model: two methods at two ratios, the second with two seeds. */
    static Path comparison(Path folder, String method) {
        ObjectNode root =
                JSON.createObjectNode().put("format", "dhmq-comparison").put("version", 1);
        root.putObject("conditions").put("modelSha256", "0123abcd").put("ratios", "[4.0, 6.0]");
        root.putObject("methods").put("dhmq", "--bits 2,4,8").put(method, "another one");
        metrics(root.putObject("float"), 0.6);
        ObjectNode compensated = cell(root, "dhmq", 0, 4, 0.59);
        corrected(compensated, 0.58);
        metrics(compensated.putObject("compensatedMetrics"), 0.595);
        corrected(cell(root, "dhmq", 0, 6, 0.55), 0.57);
        corrected(cell(root, method, 0, 4, 0.5), 0.59);
        corrected(cell(root, method, 1, 4, 0.4), 0.61);
        cell(root, method, 0, 6, 0.1);
        return write(folder.resolve("compare.json"), root);
    }

    private static ObjectNode cell(ObjectNode root, String method, long seed, double ratio, double ap) {
        ObjectNode cell = root.withArray("cells").addObject();
        cell.put("method", method).put("seed", seed).put("ratio", ratio);
        metrics(cell.putObject("metrics"), ap);
        cell.put("bytes", 1000).put("compressionRatio", ratio).put("meanBits", 32 / ratio);
        cell.putObject("calibrationLoss").put("classification", 1 - ap).put("regression", 0.1 * (1 - ap));
        cell.putObject("cost")
                .put("gradients", 7)
                .put("hessianVectorProducts", 0)
                .put("losses", 2);
        cell.put("seconds", 1.25);
        cell.putArray("bits").add(4);
        return cell;
    }

    private static void corrected(ObjectNode cell, double ap) {
        metrics(cell.putObject("correctedMetrics"), ap);
    }

    /** What {@code dhmq eval --json} prints. */
    static Path evaluation(Path folder, String name, double ap) {
        ObjectNode root = JSON.createObjectNode();
        metrics(root, ap);
        return write(folder.resolve(name), root);
    }

    private static void metrics(ObjectNode node, double ap) {
        for (String name : List.of("AP", "AP50", "AP75", "APs", "APm", "AR1", "AR10", "AR100", "ARs", "ARm")) {
            node.put(name, ap);
        }
        node.put("APl", -1.0).put("ARl", -1.0);
    }

    private static Path write(Path file, ObjectNode root) {
        try {
            return Files.write(file, JSON.writeValueAsString(root).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Two classes, one photograph of 40x30 pixels, annotated; the plan loses one of two objects and finds a new one. */
    static Gallery gallery(String className, int plans) {
        Gallery.Box kept = new Gallery.Box(2, 3, 12, 13, 0.9, 0);
        Gallery.Box lost = new Gallery.Box(20, 5, 30, 25, 0.7, 1);
        Gallery.Box found = new Gallery.Box(1, 18, 9, 28, 0.6, 0);
        List<Gallery.Box> quantized = List.of(new Gallery.Box(2.5, 3, 12, 13.5, 0.8, 0), found);
        float[] planes = new float[3 * 40 * 30];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = i % 97 / 97f;
        }
        byte[] jpeg = Jpeg.of(new RgbImage(planes, 40, 30));
        Gallery.Picture picture = new Gallery.Picture(
                "photo <1>.jpg", 40, 30, jpeg, Optional.of(List.of(kept, lost)), List.of(kept, lost), List.of());
        for (int p = 0; p < plans; p++) {
            picture = picture.with(quantized);
        }
        return new Gallery(List.of("cell", className), 0.5, List.of(picture));
    }

    /** A report with every part. */
    static Report everything(Path folder) {
        List<PlanDocument> plans = ReportFiles.plans(List.of(plan(folder)));
        return new Report(
                "Everything",
                "dhmq test",
                plans,
                Optional.of(ReportFiles.comparison(comparison(folder, "uniform"))),
                List.of(
                        ReportFiles.evaluation("float", evaluation(folder, "float.json", 0.6)),
                        ReportFiles.evaluation("quantized", evaluation(folder, "quantized.json", 0.55))),
                Optional.of(gallery("platelet", plans.size())));
    }
}
