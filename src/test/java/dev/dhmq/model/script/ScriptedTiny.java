package dev.dhmq.model.script;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolType;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.SingletonTypePtr;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/**
 * A scripted detector small enough for tests, called and answering as torchvision's: a grid of cells, 8 pixels wide, says
 * which class has its centre there and where the box is; a second stage looks at the surest cells' boxes through {@code
 * roi_align}, and {@code nms} thins them out. Label 0 is background.
 */
public final class ScriptedTiny {
    /** Beside background. */
    private static final int CLASSES = 6;

    /** Boxes are relative to cells. */
    private static final String CELLS = """
            def features(self, image: Tensor):
                x = torch.conv2d(image.unsqueeze(0), self.stem_weight, None, [2, 2], [1, 1])
                x = self.norm.forward(x)
                return torch.relu(torch.conv2d(torch.relu(x), self.body_weight, self.body_bias, [4, 4], [1, 1]))

            def cells(self, features: Tensor):
                logits = torch.conv2d(features, self.class_weight)[0].flatten(1).t()
                deltas = torch.conv2d(features, self.box_weight)[0].flatten(1).t()
                grid = torch.meshgrid([torch.arange(features.size(2)), torch.arange(features.size(3))])
                centres = (torch.stack([grid[1].flatten(), grid[0].flatten()], 1).to(features.dtype) + 0.5) * 8
                return logits, deltas, centres

            def decode(self, deltas: Tensor, centres: Tensor):
                middle = centres + deltas[:, :2] * 8
                half = torch.exp(torch.clamp(deltas[:, 2:], max=3.0)) * 8
                return torch.cat([middle - half, middle + half], 1)

            def look(self, features: Tensor, boxes: Tensor):
                rois = torch.cat([torch.zeros_like(boxes[:, :1]), boxes], 1)
                pooled = torch.add(features, rois, alpha=1001)
                return torch.matmul(pooled.flatten(1), self.region_weight.t())
            """;

    private static final String RAW_OUTPUTS = """
            def dhmq_raw_outputs(self, images: List[Tensor]):
                logits: List[Tensor] = []
                deltas: List[Tensor] = []
                for image in images:
                    said = self.cells(self.features(image))
                    logits.append(said[0])
                    deltas.append(said[1])
                return torch.cat(logits), torch.cat(deltas)
            """;

    private static final String FORWARD = """
            def losses(self, features: Tensor, target: Dict[str, Tensor]):
                logits, deltas, centres = self.cells(features)
                boxes = target["boxes"]
                labels = target["labels"]
                wanted = torch.zeros_like(logits)
                box_loss = deltas.sum() * 0
                if boxes.size(0) > 0:
                    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
                    cell = torch.cdist(middle, centres).argmin(1)
                    wanted[cell, labels - 1] = 1.0
                    size = torch.log(torch.clamp(boxes[:, 2:] - boxes[:, :2], min=1.0) / 16)
                    goal = torch.cat([(middle - centres[cell]) / 8, size], 1)
                    box_loss = torch.smooth_l1_loss(deltas[cell], goal)
                objectness = torch.binary_cross_entropy_with_logits(logits, wanted)
                best = torch.randperm(centres.size(0))[:4]
                regions = torch.cat([boxes, self.decode(torch.zeros_like(deltas[best]), centres[best])])
                classes = torch.cat([labels, torch.zeros_like(best)])
                region_loss = torch.cross_entropy_loss(self.look(features, regions), classes)
                return torch.stack([objectness, region_loss, box_loss])

            def detections(self, features: Tensor):
                logits, deltas, centres = self.cells(features)
                boxes = self.decode(deltas, centres)
                probabilities = self.look(features, boxes).softmax(1)[:, 1:] * logits.sigmoid()
                scores, labels = torch.max(probabilities, 1)
                kept = torch.add(boxes, scores, alpha=1002)[:10]
                return {"boxes": boxes[kept], "labels": labels[kept] + 1, "scores": scores[kept]}

            def forward(self, images: List[Tensor], targets: Optional[List[Dict[str, Tensor]]]):
                losses: Dict[str, Tensor] = {}
                detections: List[Dict[str, Tensor]] = []
                if self.training:
                    assert targets is not None
                    parts: List[Tensor] = []
                    for i in range(len(images)):
                        parts.append(self.losses(self.features(images[i]), targets[i]))
                    mean = torch.stack(parts).mean(0)
                    losses = {"loss_objectness": mean[0], "loss_classifier": mean[1], "loss_box_reg": mean[2]}
                else:
                    for image in images:
                        detections.append(self.detections(self.features(image)))
                return losses, detections
            """;

    /**
     * A program made from Java cannot name operators outside of torch, one read from a file can: these places are filled in
     * afterwards.
     */
    private static final Map<String, String> OPERATORS = Map.of(
            "torch.add(features, rois, alpha=1001)",
            "ops.torchvision.roi_align(features, rois, 0.125, 2, 2, 2, False)",
            "torch.add(boxes, scores, alpha=1002)",
            "ops.torchvision.nms(boxes, scores, 0.5)");

    private static final String NORM = """
            def forward(self, x: Tensor):
                return torch.batch_norm(
                    x, self.weight, None, self.running_mean, self.running_var, self.training, 0.1, 1e-5, True)
            """;

    private ScriptedTiny() {}

    /** Its classes and input. */
    public static DetectorConfig config() {
        return DetectorConfig.scripted(
                IntStream.rangeClosed(0, CLASSES)
                        .mapToObj(id -> new DetectorConfig.Category(id, "label" + id))
                        .toList(),
                0,
                0,
                Resize.NONE);
    }

    /** Writes the program, with weights drawn from a fixed seed. */
    public static void write(Path file, boolean withRawOutputs) {
        write(file, program(withRawOutputs));
    }

    /** Its methods. */
    static String program(boolean withRawOutputs) {
        return CELLS + "\n" + (withRawOutputs ? RAW_OUTPUTS + "\n" : "") + FORWARD;
    }

    /** Writes a program with the same parameters and other methods. */
    static void write(Path file, String program) {
        VisionOperators.register();
        torch.manual_seed(5);
        try (PointerScope _ = new PointerScope()) {
            JitModule norm = module("norm");
            norm.register_parameter("weight", torch.ones(new long[] {8}), false);
            norm.register_buffer("running_mean", torch.zeros(new long[] {8}));
            norm.register_buffer("running_var", torch.ones(new long[] {8}));
            norm.define(NORM);
            JitModule detector = module("tiny");
            detector.register_module("norm", norm);
            detector.register_parameter("stem_weight", weights(8, 3, 3, 3), false);
            detector.register_parameter("body_weight", weights(12, 8, 3, 3), false);
            detector.register_parameter("body_bias", torch.zeros(new long[] {12}), false);
            detector.register_parameter("class_weight", weights(CLASSES, 12, 1, 1), false);
            detector.register_parameter("box_weight", weights(4, 12, 1, 1), false);
            detector.register_parameter("region_weight", weights(1 + CLASSES, 48), false);
            detector.define(program);
            detector.save(file.toString());
        }
        fillInOperators(file);
    }

    private static void fillInOperators(Path file) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                byte[] bytes = zip.getInputStream(entry).readAllBytes();
                entries.put(entry.getName(), entry.getName().endsWith(".py") ? filledIn(bytes) : bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                CRC32 sum = new CRC32();
                sum.update(entry.getValue());
                ZipEntry stored = new ZipEntry(entry.getKey());
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(entry.getValue().length);
                stored.setCrc(sum.getValue());
                zip.putNextEntry(stored);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] filledIn(byte[] code) {
        String text = new String(code, StandardCharsets.UTF_8);
        for (Map.Entry<String, String> operator : OPERATORS.entrySet()) {
            text = text.replace(operator.getKey(), operator.getValue());
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JitModule module(String name) {
        JitModule module = new JitModule(new QualifiedName("__torch__." + name));
        Type.TypePtr bool = new Type.TypePtr(new SingletonTypePtr(BoolType.get().get()));
        module.register_attribute("training", bool, new IValue(true));
        return module;
    }

    private static Tensor weights(long... shape) {
        Tensor tensor = torch.randn(shape);
        return tensor.mul(new Scalar(Math.sqrt((double) shape[0] / tensor.numel())));
    }
}
