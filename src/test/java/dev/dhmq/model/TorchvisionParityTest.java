package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/**
 * RetinaNet-ResNet18 against numbers computed by torchvision in float64, with weights, images and probes that both sides
 * generate from the same formulas: losses, gradients and exact Hessian-vector products, layer by layer.
 */
class TorchvisionParityTest {
    /** Images pass through float32 pixels here and float64 there: 6e-8 relative, grown by a network of random weights. */
    private static final double TOLERANCE = 1e-5;

    private static final Path SHARED = Path.of(System.getProperty("dhmq.shared", "../shared"));

    @Test
    void lossesGradientsAndHessianVectorProductsAreTorchvisions() throws IOException {
        Path reference = SHARED.resolve("reference/retinanet-resnet18.json");
        assumeTrue(Files.exists(reference), "torchvision's numbers are not at " + reference);
        JsonNode expected = new ObjectMapper().readTree(reference.toFile());

        try (PointerScope _ = new PointerScope();
                RetinaNet model = new RetinaNet(config(), torch.ScalarType.Double)) {
            fill(model);
            LossTensors loss = model.losses(samples(expected), false);
            TaskLosses values = loss.values();
            assertThat(values.classification())
                    .isCloseTo(
                            expected.at("/losses/classification").asDouble(),
                            relative(expected, "/losses/classification"));
            assertThat(values.regression())
                    .isCloseTo(
                            expected.at("/losses/bbox_regression").asDouble(),
                            relative(expected, "/losses/bbox_regression"));
            compareLayers(model, loss, expected.get("layers"));
        }
    }

    private static void compareLayers(RetinaNet model, LossTensors loss, JsonNode layers) {
        TensorVector weights = new TensorVector(model.weights().tensors().toArray(new Tensor[0]));
        assertThat(layers.size()).isEqualTo(model.weights().layout().layers().size());
        TensorVector gradient = gradient(loss.weighted(TaskWeights.EQUAL), weights, true);
        List<Tensor> probes = new ArrayList<>();
        Tensor along = torch.zeros_like(loss.classification());
        for (int i = 0; i < layers.size(); i++) {
            String name = layers.get(i).get("name").asText();
            probes.add(probe(name, weights.get(i)));
            along = along.add(gradient.get(i).mul(probes.get(i)).sum());
        }
        TensorVector product = gradient(along, weights, false);
        for (int i = 0; i < layers.size(); i++) {
            JsonNode layer = layers.get(i);
            assertThat(model.weights().layout().layer(i).name())
                    .isEqualTo(layer.get("name").asText());
            check(layer, "weight_sum", weights.get(i).sum().item_double(), 1e-9);
            check(layer, "grad_norm", gradient.get(i).norm().item_double(), TOLERANCE);
            check(layer, "hvp_norm", product.get(i).norm().item_double(), 10 * TOLERANCE);
            // A dot product with random signs cancels: its error is that of the norms times a few.
            double scale = layer.get("hvp_norm").asDouble()
                    * Math.sqrt((double) weights.get(i).numel());
            assertThat(product.get(i).mul(probes.get(i)).sum().item_double())
                    .as("vHv of %s", layer.get("name"))
                    .isCloseTo(layer.get("vHv").asDouble(), within(10 * TOLERANCE * scale));
        }
    }

    private static void check(JsonNode layer, String field, double actual, double tolerance) {
        double wanted = layer.get(field).asDouble();
        assertThat(actual)
                .as("%s of %s", field, layer.get("name"))
                .isCloseTo(wanted, within(tolerance * Math.max(1e-3, Math.abs(wanted))));
    }

    private static Offset<Double> relative(JsonNode expected, String at) {
        return within(TOLERANCE * expected.at(at).asDouble());
    }

    private static TensorVector gradient(Tensor of, TensorVector layers, boolean differentiable) {
        return torch.grad(
                new TensorVector(of),
                layers,
                new TensorVector(),
                new BoolOptional(differentiable),
                differentiable,
                false);
    }

    private static DetectorConfig config() {
        List<DetectorConfig.Category> classes = List.of(
                new DetectorConfig.Category(0, "background"),
                new DetectorConfig.Category(1, "one"),
                new DetectorConfig.Category(2, "two"),
                new DetectorConfig.Category(3, "three"));
        // 640 x 480 at shorter side 160 is 213 x 160, padded to a multiple of 32.
        return new DetectorConfig(
                "retinanet",
                "resnet18",
                64,
                256,
                classes,
                224,
                160,
                List.of(32, 64, 128, 256, 512),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD);
    }

    private static List<Sample> samples(JsonNode expected) throws IOException {
        JsonNode coco = new ObjectMapper()
                .readTree(SHARED.resolve("data/bccd/instances_train.json").toFile());
        List<Sample> samples = new ArrayList<>();
        for (JsonNode file : expected.get("images")) {
            samples.add(sample(file.asText(), coco));
        }
        return samples;
    }

    private static Sample sample(String file, JsonNode coco) throws IOException {
        BufferedImage image =
                ImageIO.read(SHARED.resolve("data/bccd/images/" + file).toFile());
        int width = 213;
        int height = 160;
        double[] planes = new double[3 * 640 * 480];
        for (int y = 0; y < 480; y++) {
            for (int x = 0; x < 640; x++) {
                int rgb = image.getRGB(x, y);
                for (int c = 0; c < 3; c++) {
                    planes[(c * 480 + y) * 640 + x] = (rgb >> (16 - 8 * c) & 255) / 255.0;
                }
            }
        }
        float[] pixels = new float[3 * 160 * 224];
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < 224; x++) {
                    // torchvision pads after normalisation with 0, which is the mean before it.
                    pixels[(c * height + y) * 224 + x] = x < width
                            ? (float) bilinear(planes, c, (y + 0.5) * 480 / height - 0.5, (x + 0.5) * 640 / width - 0.5)
                            : DetectorConfig.IMAGENET_MEAN.get(c).floatValue();
                }
            }
        }
        return new Sample(file, pixels, height, 224, truth(file, coco, width / 640.0, height / 480.0));
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

    private static GroundTruth truth(String file, JsonNode coco, double scaleX, double scaleY) {
        long id = -1;
        for (JsonNode image : coco.get("images")) {
            if (image.get("file_name").asText().equals(file)) {
                id = image.get("id").asLong();
            }
        }
        List<Float> boxes = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Integer> categories = new ArrayList<>();
        coco.get("categories").forEach(c -> categories.add(c.get("id").asInt()));
        categories.sort(null);
        for (JsonNode annotation : coco.get("annotations")) {
            if (annotation.get("image_id").asLong() == id) {
                JsonNode box = annotation.get("bbox");
                double x = box.get(0).asDouble();
                double y = box.get(1).asDouble();
                boxes.add((float) (x * scaleX));
                boxes.add((float) (y * scaleY));
                boxes.add((float) ((x + box.get(2).asDouble()) * scaleX));
                boxes.add((float) ((y + box.get(3).asDouble()) * scaleY));
                labels.add(categories.indexOf(annotation.get("category_id").asInt()) + 1);
            }
        }
        float[] flat = new float[boxes.size()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = boxes.get(i);
        }
        return new GroundTruth(flat, labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private static void fill(RetinaNet model) {
        try (NoGradGuard _ = new NoGradGuard()) {
            for (Map.Entry<String, Tensor> entry : model.parameters().state().entrySet()) {
                String name = entry.getKey();
                Tensor tensor = entry.getValue();
                double[] values = new double[Math.toIntExact(tensor.numel())];
                long hash = fnv1a64(name);
                double fanIn = (double) tensor.numel() / tensor.size(0);
                for (int i = 0; i < values.length; i++) {
                    double u = (splitMix64(hash + i) >>> 11) * 0x1p-53;
                    values[i] = name.endsWith("cls_logits.bias")
                            ? -Math.log((1 - 0.01) / 0.01)
                            : tensor.dim() >= 2
                                    ? (2 * u - 1) * Math.sqrt(3 / fanIn)
                                    : name.endsWith("running_var") || name.endsWith(".weight")
                                            ? 0.5 + u
                                            : (2 * u - 1) * 0.1;
                }
                tensor.copy_(Tensor.create(values, tensor.sizes().vec().get()));
            }
        }
    }

    private static Tensor probe(String name, Tensor weight) {
        double[] values = new double[Math.toIntExact(weight.numel())];
        long hash = fnv1a64("probe:" + name);
        for (int i = 0; i < values.length; i++) {
            values[i] = (splitMix64(hash + i) & 1) == 0 ? 1 : -1;
        }
        return Tensor.create(values, weight.sizes().vec().get());
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
