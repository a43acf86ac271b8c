package dev.dhmq.export.onnx;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.ActivationHooks;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.Resize;
import dev.dhmq.model.integer.IntegerNetwork;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes RetinaNet and Faster R-CNN as complete ONNX files (operator set 21): an image in, boxes, scores and labels out,
 * with everything between in the file, and the same numbers as the detector here.
 *
 * <p>The input {@code image} is [1, 3, height, width], float32, red, green and blue in [0, 1]. The outputs are {@code
 * boxes}, [detections, 4], x1, y1, x2, y2, {@code scores}, [detections], and {@code labels}, [detections], int64 indices of
 * {@link DetectorConfig#classes()}, most confident first. {@link OnnxMetadata} is in the file as well.
 *
 * <p>Batch norms are folded: into the weights where they are float32, into the scales where they are integers, which
 * therefore stay those of the plan. Weights of 2 to 4 bits are int4 or uint4, others int8 or uint8, with a scale a channel;
 * {@link LayerNodes} says which form a layer takes. A channel's scale is negative where its batch norm's is. Layers of integers give
 * the same integers as {@link dev.dhmq.model.integer.IntegerArithmetic}.
 */
public final class OnnxExport {
    private final DetectorParameters parameters;

    private OnnxExport(DetectorParameters parameters) {
        this.parameters = parameters;
    }

    /**
     * An export of a detector with the weights it has, in float32. They are copied: the detector may change or be closed
     * afterwards.
     *
     * @throws InvalidInputException for a scripted detector, whose network is a program
     */
    public static OnnxExport of(DetectionModel model) {
        requireOwn(model);
        return new OnnxExport(new DetectorParameters(model.config(), NamedTensor.all(model), IntegerNetwork.FLOAT));
    }

    /**
     * An export of a detector quantized by a plan. The detector has the plan's weights afterwards.
     *
     * @param learned scales beside the detector's weights
     * @param activations quantized inputs and results of layers
     * @throws InvalidInputException for a scripted detector, and where the plan or the scales are another model's
     */
    public static OnnxExport quantized(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            LearnedScales learned,
            List<ActivationQuantization> activations) {
        requireOwn(model);
        ActivationHooks.requireThere(model, activations);
        IntegerNetwork network = IntegerNetwork.of(model, backend, assignment, learned, activations);
        return new OnnxExport(new DetectorParameters(model.config(), NamedTensor.all(model), network));
    }

    private static void requireOwn(DetectionModel model) {
        if (model.config().detector().equals(DetectorConfig.TORCHSCRIPT)) {
            throw new InvalidInputException("A scripted detector is a program that only LibTorch runs;"
                    + " export a detector with a model.json that says how it is built.");
        }
    }

    /**
     * Writes the file for images that have come to this size already, as {@link Resize} brings them to it: width by height
     * without padding, which is added inside. Boxes are in pixels of this size.
     *
     * @throws InvalidInputException where the detector takes no image of this size, or the file cannot be written
     */
    public void write(Path file, int width, int height) {
        requireFit(width, height);
        OnnxGraph graph = new OnnxGraph();
        GraphOps ops = new GraphOps(graph);
        String image = graph.input(image(Integer.toString(height), Integer.toString(width)));
        write(file, ops, new ImageNodes(ops, parameters.config()).sized(image, width, height));
    }

    /**
     * Writes the file for images of any size, which are resized inside. Boxes are in pixels of the image.
     *
     * @throws InvalidInputException where the file cannot be written
     */
    public void writeForAnySize(Path file) {
        OnnxGraph graph = new OnnxGraph();
        GraphOps ops = new GraphOps(graph);
        String image = graph.input(image("height", "width"));
        write(file, ops, new ImageNodes(ops, parameters.config()).resized(image));
    }

    private static OnnxValue image(String height, String width) {
        return new OnnxValue("image", OnnxType.FLOAT, List.of("1", "3", height, width));
    }

    private void requireFit(int width, int height) {
        DetectorConfig config = parameters.config();
        boolean fits = switch (config.resize()) {
            case NONE -> false;
            case STRETCH -> width == config.width() && height == config.height();
            case LETTERBOX -> width <= config.width() && height <= config.height();
            case SHORTER_SIDE -> Math.max(width, height) <= config.width();
        };
        if (!fits || width < 1 || height < 1) {
            throw new InvalidInputException("The detector takes no images of " + width + "x" + height
                    + ": its input is " + config.width() + "x" + config.height() + " ("
                    + config.resize().label() + "); export for a size that fits, or for any size.");
        }
    }

    private void write(Path file, GraphOps ops, NetworkInput input) {
        LayerNodes layers = new LayerNodes(ops.graph(), parameters);
        BoxNodes boxes = new BoxNodes(ops, input);
        boolean retinaNet = parameters.config().detector().equals(DetectorConfig.RETINANET);
        List<String> pyramid = new FeatureNodes(ops, layers).pyramid(input.images());
        FoundNodes found = retinaNet
                ? new RetinaNodes(ops, layers, boxes).detections(pyramid)
                : new RegionNodes(ops, layers, boxes).detections(pyramid);
        String scaled = input.boxFactors().equals(NetworkInput.UNSCALED)
                ? found.boxes()
                : ops.multiply(found.boxes(), input.boxFactors());
        OnnxGraph graph = ops.graph();
        graph.output(scaled, new OnnxValue("boxes", OnnxType.FLOAT, List.of("detections", "4")));
        graph.output(found.scores(), new OnnxValue("scores", OnnxType.FLOAT, List.of("detections")));
        graph.output(found.labels(), new OnnxValue("labels", OnnxType.INT64, List.of("detections")));
        OnnxMetadata metadata = new OnnxMetadata(
                parameters.config(), !parameters.network().inputs().isEmpty());
        OnnxFile.write(file, graph, parameters.config().detector(), metadata.entries());
    }
}
