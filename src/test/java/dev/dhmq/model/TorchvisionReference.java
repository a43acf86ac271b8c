package dev.dhmq.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.model.box.ImageArea;
import dev.dhmq.model.network.ImageBatch;
import dev.dhmq.model.network.Tensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Numbers torchvision computed in float64, and the weights, images and probes they belong to, which both sides generate
 * from the same formulas.
 */
final class TorchvisionReference {
    private static final Path SHARED = Path.of(System.getProperty("dhmq.shared", "../shared"));
    /** More files of the same kind; {@code benchmarks/parity.sh} makes them. */
    private static final Path MORE = Path.of(System.getProperty("dhmq.references", "../shared/reference"));

    private final JsonNode numbers;

    private TorchvisionReference(JsonNode numbers) {
        this.numbers = numbers;
    }

    /** The files that are there. */
    static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path folder :
                Stream.of(SHARED.resolve("reference"), MORE).distinct().toList()) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> all = Files.list(folder)) {
                    all.filter(file -> file.toString().endsWith(".json"))
                            .sorted()
                            .forEach(files::add);
                }
            }
        }
        return files.stream().distinct().toList();
    }

    static TorchvisionReference read(Path file) throws IOException {
        return new TorchvisionReference(new ObjectMapper().readTree(file.toFile()));
    }

    JsonNode numbers() {
        return numbers;
    }

    boolean isRetinaNet() {
        return numbers.get("model").asText().equals(DetectorConfig.RETINANET);
    }

    /** The detector, filled by formula. */
    TorchvisionDetector model(torch.ScalarType type) {
        TorchvisionDetector model = isRetinaNet() ? new RetinaNet(config(), type) : new FasterRcnn(config(), type);
        try (NoGradGuard _ = new NoGradGuard()) {
            for (Map.Entry<String, Tensor> entry : model.parameters().state().entrySet()) {
                Tensor tensor = entry.getValue();
                tensor.copy_(Tensor.create(
                        values(entry.getKey(), tensor), tensor.sizes().vec().get()));
            }
        }
        return model;
    }

    private DetectorConfig config() {
        List<DetectorConfig.Category> classes = new ArrayList<>();
        for (int id = isRetinaNet() ? 0 : 1; id < numbers.get("classes").asInt(); id++) {
            classes.add(new DetectorConfig.Category(id, "class" + id));
        }
        int side = numbers.get("size").asInt();
        // The reference's samplers take more than there is, so that no choice is left, and its proposals are fewer.
        RegionSettings regions = new RegionSettings(400, 200, 400, 200, 1 << 20, 0.5, 1 << 20, 0.5, 1024);
        return new DetectorConfig(
                numbers.get("model").asText(),
                numbers.get("backbone").asText(),
                64,
                256,
                classes,
                2 * side,
                side,
                Resize.SHORTER_SIDE,
                List.of(32, 64, 128, 256, 512),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                new DetectorConfig.BatchNorms(true, 1e-5),
                regions);
    }

    /** Images in float64 from the first step on: through a sample's float pixels, 1e-5 of a gradient would be lost. */
    ImageBatch images(torch.ScalarType type) throws IOException {
        Resize.Size size = config().resize().sizeOf(640, 480, config());
        int height = Math.ceilDiv(size.height(), 32) * 32;
        int width = Math.ceilDiv(size.width(), 32) * 32;
        JsonNode files = numbers.get("images");
        double[] pixels = new double[files.size() * 3 * height * width];
        List<ImageArea> areas = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            double[] planes =
                    planes(SHARED.resolve("data/bccd/images/" + files.get(i).asText()));
            for (int c = 0; c < 3; c++) {
                for (int y = 0; y < size.height(); y++) {
                    for (int x = 0; x < size.width(); x++) {
                        double value = bilinear(
                                planes, c, (y + 0.5) * 480 / size.height() - 0.5, (x + 0.5) * 640 / size.width() - 0.5);
                        pixels[((i * 3 + c) * height + y) * width + x] =
                                (value - DetectorConfig.IMAGENET_MEAN.get(c)) / DetectorConfig.IMAGENET_STD.get(c);
                    }
                }
            }
            areas.add(new ImageArea(size.width(), size.height()));
        }
        return new ImageBatch(Tensors.of(pixels, type, files.size(), 3, height, width), height, width, areas);
    }

    List<GroundTruth> truths() throws IOException {
        JsonNode coco = new ObjectMapper()
                .readTree(SHARED.resolve("data/bccd/instances_train.json").toFile());
        Resize.Size size = config().resize().sizeOf(640, 480, config());
        List<GroundTruth> truths = new ArrayList<>();
        for (JsonNode file : numbers.get("images")) {
            truths.add(truth(coco, file.asText(), (float) size.width() / 640, (float) size.height() / 480));
        }
        return truths;
    }

    private GroundTruth truth(JsonNode coco, String file, float scaleX, float scaleY) {
        long id = -1;
        for (JsonNode image : coco.get("images")) {
            if (image.get("file_name").asText().equals(file)) {
                id = image.get("id").asLong();
            }
        }
        List<Integer> categories = new ArrayList<>();
        coco.get("categories").forEach(c -> categories.add(c.get("id").asInt()));
        categories.sort(null);
        List<Float> boxes = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (JsonNode annotation : coco.get("annotations")) {
            if (annotation.get("image_id").asLong() == id) {
                JsonNode box = annotation.get("bbox");
                double x = box.get(0).asDouble();
                double y = box.get(1).asDouble();
                boxes.add((float) (x * scaleX));
                boxes.add((float) (y * scaleY));
                boxes.add((float) ((x + box.get(2).asDouble()) * scaleX));
                boxes.add((float) ((y + box.get(3).asDouble()) * scaleY));
                // torchvision's labels begin with background, which is one of RetinaNet's classes here.
                labels.add(categories.indexOf(annotation.get("category_id").asInt()) + (isRetinaNet() ? 1 : 0));
            }
        }
        float[] flat = new float[boxes.size()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = boxes.get(i);
        }
        return new GroundTruth(flat, labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private static double[] planes(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        double[] planes = new double[3 * 640 * 480];
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x++) {
                int rgb = image.getRGB(x, y);
                for (int c = 0; c < 3; c++) {
                    planes[(c * 480 + y) * 640 + x] = (rgb >> (16 - 8 * c) & 255) / 255.0;
                }
            }
        }
        return planes;
    }

    private static double bilinear(double[] planes, int c, double y, double x) {
        double yy = Math.max(0, y);
        double xx = Math.max(0, x);
        int y0 = (int) yy;
        int x0 = (int) xx;
        int y1 = Math.min(y0 + 1, 479);
        int x1 = Math.min(x0 + 1, 639);
        double fy = yy - y0;
        double fx = xx - x0;
        return (1 - fy) * ((1 - fx) * at(planes, c, y0, x0) + fx * at(planes, c, y0, x1))
                + fy * ((1 - fx) * at(planes, c, y1, x0) + fx * at(planes, c, y1, x1));
    }

    private static double at(double[] planes, int c, int y, int x) {
        return planes[(c * 480 + y) * 640 + x];
    }

    private static double[] values(String name, Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.numel())];
        long hash = fnv1a64(name);
        double fanIn = (double) tensor.numel() / tensor.size(0);
        for (int i = 0; i < values.length; i++) {
            double u = (splitMix64(hash + i) >>> 11) * 0x1p-53;
            values[i] = name.endsWith("cls_logits.bias")
                    ? -Math.log((1 - 0.01) / 0.01)
                    : tensor.dim() >= 2
                            ? (2 * u - 1) * Math.sqrt(3 / fanIn)
                            : name.endsWith("running_var") || name.endsWith(".weight") ? 0.5 + u : (2 * u - 1) * 0.1;
        }
        return values;
    }

    static Tensor probe(String name, Tensor weight) {
        double[] values = new double[Math.toIntExact(weight.numel())];
        long hash = fnv1a64("probe:" + name);
        for (int i = 0; i < values.length; i++) {
            values[i] = (splitMix64(hash + i) & 1) == 0 ? 1 : -1;
        }
        return Tensors.of(values, weight.scalar_type(), weight.sizes().vec().get());
    }

    private static long fnv1a64(String text) {
        long hash = 0xCBF29CE484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
        }
        return hash;
    }

    private static long splitMix64(long x) {
        long z = x + 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
