package dev.dhmq.model.script;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import dev.dhmq.model.network.CleanConvolution;
import dev.dhmq.model.network.FlatWeights;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.model.network.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GenericDict;
import org.bytedeco.pytorch.GenericDictIterator;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.Tuple;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A detector exported with {@code torch.jit.script}, torchvision's or any that is called and answers as torchvision's:
 *
 * <pre>
 *   forward(images: List[Tensor], targets: Optional[List[Dict[str, Tensor]]])
 *       -> Tuple[Dict[str, Tensor], List[Dict[str, Tensor]]]
 * </pre>
 *
 * Images are [3, H, W] with values in [0, 1]; targets have {@code boxes} (x1, y1, x2, y2 in pixels) and {@code labels}
 * (positions in the configuration's classes). In training mode the first result holds the losses, in evaluation mode the
 * second the detections, with {@code boxes}, {@code labels} and {@code scores}; either may also be returned alone. A loss
 * whose name contains {@code box}, {@code reg} or {@code iou} counts as regression, any other as classification; one whose
 * name contains {@code rpn} or {@code objectness} is the proposals'.
 *
 * <p>The objective {@code effect} needs what the heads say before any decision: a method
 *
 * <pre>
 *   dhmq_raw_outputs(images: List[Tensor]) -> Tuple[Tensor, Tensor]
 * </pre>
 *
 * with class logits [places, classes], each class by itself (sigmoid), and box deltas [places, 4].
 *
 * <p>While a detector is open whose convolutions do not fill their blocks of channels, LibTorch does without oneDNN in the
 * whole process; see {@link CleanConvolution}.
 *
 * <p>Its quantizable layers are its parameters of two dimensions or more, by their names.
 */
public final class ScriptedDetector implements DetectionModel {
    /** The method that the objective {@code effect} needs. */
    public static final String RAW_OUTPUTS = "dhmq_raw_outputs";
    /** For losses that are measured: samplers inside the program draw the same every time. */
    private static final long MEASURING_SEED = 0;

    private final DetectorConfig config;
    private final ScriptModule module;
    private final ScriptedTargets targets;
    private final ParameterStore store;
    private final FlatWeights weights;
    private final @Nullable OneDnnPause pause;

    /**
     * Loads a program; the caller closes the detector.
     *
     * @param config its classes and input; see {@link DetectorConfig#scripted}
     * @throws InvalidInputException where the file is no such program
     */
    public ScriptedDetector(Path file, DetectorConfig config) {
        this.config = config;
        module = ScriptModule.load(file);
        try (PointerScope _ = new PointerScope()) {
            targets = new ScriptedTargets();
            store = new ParameterStore(torch.ScalarType.Float);
            module.forEachParameter((name, tensor) -> {
                requireFloat(file, name, tensor);
                tensor.requires_grad_(true);
                store.adopt(name, tensor, true);
            });
            module.forEachBuffer((name, tensor) -> store.adopt(name, tensor, false));
            weights = new FlatWeights(store);
        }
        // The program's convolutions cannot be replaced by clean ones; LibTorch's own are slower, and clean.
        pause = weights.tensors().stream().anyMatch(CleanConvolution::isIncomplete) ? OneDnnPause.begin() : null;
    }

    private static void requireFloat(Path file, String name, Tensor tensor) {
        if (tensor.scalar_type().intern() != torch.ScalarType.Float) {
            throw new InvalidInputException(
                    file + ": the parameter " + name + " is not float32; convert the model with model.float().");
        }
    }

    @Override
    public DetectorConfig config() {
        return config;
    }

    @Override
    public ParameterStore parameters() {
        return store;
    }

    @Override
    public FlatWeights weights() {
        return weights;
    }

    @Override
    public LossTensors losses(List<Sample> batch) {
        module.setMeasuring();
        return losses(batch, MEASURING_SEED);
    }

    @Override
    public LossTensors trainingLosses(List<Sample> batch, long seed) {
        module.setTraining();
        return losses(batch, seed);
    }

    @Override
    public LossTensors fineTuningLosses(List<Sample> batch, long seed) {
        module.setMeasuring();
        return losses(batch, seed);
    }

    private LossTensors losses(List<Sample> batch, long seed) {
        torch.manual_seed(seed);
        IValue result = module.forward(images(batch), targets.of(batch));
        IValue losses = result.isTuple() ? element(result.toTuple(), 0) : result;
        if (!losses.isGenericDict() || losses.toGenericDict().size() == 0) {
            throw new InvalidInputException(
                    "The scripted detector returned no losses in training mode; its forward must"
                            + " return a dictionary of losses there, as torchvision's detectors do.");
        }
        return parts(losses.toGenericDict());
    }

    private static LossTensors parts(GenericDict losses) {
        LossSums proposals = new LossSums(LossTensors.Stage.PROPOSALS);
        LossSums detections = new LossSums(LossTensors.Stage.DETECTIONS);
        GenericDictIterator end = losses.end();
        for (GenericDictIterator at = losses.begin(); at.notEquals(end); at.increment()) {
            String name = at.access().key().toStringRef().getString().toLowerCase(Locale.ROOT);
            boolean early = name.contains("rpn") || name.contains("objectness");
            (early ? proposals : detections).add(name, tensor(at.access().value()));
        }
        if (proposals.isEmpty()) {
            return detections.tensors();
        }
        return detections.isEmpty() ? proposals.tensors() : proposals.tensors().and(detections.tensors());
    }

    @Override
    public Regions regions(List<Sample> batch) {
        return Regions.NONE;
    }

    @Override
    public boolean hasRawOutputs() {
        return module.has(RAW_OUTPUTS);
    }

    @Override
    public List<RawOutputs> rawOutputs(List<Sample> batch, Regions regions) {
        if (!hasRawOutputs()) {
            throw new InvalidInputException(
                    "The scripted detector has no method " + RAW_OUTPUTS + "; use the objective task.");
        }
        module.setEvaluating();
        Tuple outputs = module.call(RAW_OUTPUTS, images(batch)).toTuple();
        return List.of(new RawOutputs(
                LossTensors.Stage.DETECTIONS,
                tensor(element(outputs, 0)),
                tensor(element(outputs, 1)),
                RawOutputs.Link.SIGMOID));
    }

    @Override
    public List<List<Detection>> detect(List<Sample> batch) {
        module.setEvaluating();
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            IValue result = module.forward(images(batch), new IValue());
            IValue images = result.isTuple() ? element(result.toTuple(), 1) : result;
            if (!images.isList() || images.toList().size() != batch.size()) {
                throw new InvalidInputException("The scripted detector returned no list of detections for its "
                        + batch.size() + " images in evaluation mode, as torchvision's detectors do.");
            }
            GenericList list = images.toList();
            List<List<Detection>> detections = new ArrayList<>();
            for (int image = 0; image < batch.size(); image++) {
                detections.add(detections(list.get(image).toGenericDict()));
            }
            return detections;
        }
    }

    private List<Detection> detections(GenericDict image) {
        double[] boxes = Tensors.doubles(field(image, "boxes"));
        double[] scores = Tensors.doubles(field(image, "scores"));
        long[] labels = Tensors.longs(field(image, "labels"));
        List<Detection> detections = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= config.classes().size()) {
                throw new InvalidInputException("The scripted detector found an object with the label " + labels[i]
                        + ", but model.json has only " + config.classes().size()
                        + " classes; list there one for every label from 0 on, background too.");
            }
            detections.add(Detection.of(boxes, i, scores[i], (int) labels[i]));
        }
        return detections;
    }

    private static Tensor field(GenericDict dictionary, String name) {
        IValue key = new IValue(name);
        if (!dictionary.contains(key)) {
            throw new InvalidInputException(
                    "The scripted detector's detections have no \"" + name + "\", as torchvision's have.");
        }
        return tensor(dictionary.at(key));
    }

    /** A handle of its own: LibTorch's is part of the value and goes with it. */
    private static Tensor tensor(IValue value) {
        return new Tensor(value.toTensor());
    }

    private static IValue element(Tuple tuple, int index) {
        return tuple.elements().get(index);
    }

    private static IValue images(List<Sample> batch) {
        return ScriptModule.listOf(batch.stream()
                .map(sample -> Tensors.of(sample.pixels(), torch.ScalarType.Float, 3, sample.height(), sample.width()))
                .toList());
    }

    @Override
    public void close() {
        if (pause != null) {
            pause.close();
        }
        weights.close();
        store.close();
        targets.close();
        module.close();
    }
}
