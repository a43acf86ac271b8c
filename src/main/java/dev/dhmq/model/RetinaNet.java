package dev.dhmq.model;

import dev.dhmq.model.box.AnchorGrid;
import dev.dhmq.model.box.AnchorGrids;
import dev.dhmq.model.box.AnchorShapes;
import dev.dhmq.model.box.ImageArea;
import dev.dhmq.model.box.RetinaPostProcessor;
import dev.dhmq.model.box.Sampling;
import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.ImageBatch;
import dev.dhmq.model.network.Initialization;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.OutputSignals;
import dev.dhmq.model.network.Outputs;
import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.model.network.RetinaLoss;
import dev.dhmq.model.network.RetinaNetwork;
import dev.dhmq.model.network.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** RetinaNet (Lin et al., 2017) with torchvision's names, anchors, losses and post-processing. */
public final class RetinaNet extends TorchvisionDetector {
    /** P3's. */
    private static final int FIRST_STRIDE = 8;

    private final RetinaNetwork network;
    private final AnchorGrids anchors;
    private final RetinaLoss loss;
    private final RetinaPostProcessor postProcessor;

    /** A network of zeros in float32; {@link #initialize} or a checkpoint fills it. */
    public RetinaNet(DetectorConfig config) {
        this(config, torch.ScalarType.Float);
    }

    /** A network of zeros with this element type; float64 is for checks against references. */
    public RetinaNet(DetectorConfig config, torch.ScalarType type) {
        ParameterStore store = newStore(type);
        try (PointerScope _ = new PointerScope()) {
            network = new RetinaNetwork(store, config);
        }
        int classes = config.classes().size();
        anchors = new AnchorGrids(FIRST_STRIDE, AnchorShapes.octaves(config.anchorSizes(), config.aspectRatios()));
        loss = new RetinaLoss(classes, type);
        postProcessor = new RetinaPostProcessor(classes);
        super(config, store);
    }

    @Override
    public void initialize(long seed) {
        try (PointerScope _ = new PointerScope()) {
            Initialization.initialize(parameters(), network, seed);
        }
    }

    @Override
    Judged judged(
            ImageBatch batch, List<GroundTruth> truths, boolean training, Sampling sampling, Direction direction) {
        OutputSignals outputs = network.forward(batch.input(direction), training);
        AnchorGrid grid = anchors.at(batch.height(), batch.width());
        return new Judged(List.of(outputs), said -> loss.losses(said.getFirst(), grid, truths));
    }

    @Override
    public Regions regions(List<Sample> batch) {
        return Regions.NONE;
    }

    @Override
    List<OutputSignals> outputs(ImageBatch batch, Regions regions, Direction direction) {
        return List.of(network.forward(batch.input(direction), false));
    }

    @Override
    List<RawOutputs> raw(List<Outputs> outputs) {
        return List.of(new RawOutputs(
                LossTensors.Stage.DETECTIONS,
                outputs.getFirst().logits().flatten(0, 1),
                outputs.getFirst().deltas().flatten(0, 1),
                RawOutputs.Link.SIGMOID));
    }

    @Override
    List<List<Detection>> detect(ImageBatch batch) {
        Outputs outputs = network.forward(batch.input(Direction.NONE), false).values();
        AnchorGrid grid = anchors.at(batch.height(), batch.width());
        List<List<Detection>> detections = new ArrayList<>();
        for (int image = 0; image < batch.areas().size(); image++) {
            detections.add(detections(
                    grid,
                    outputs.logits().select(0, image).reshape(-1),
                    outputs.deltas().select(0, image),
                    batch.areas().get(image)));
        }
        return detections;
    }

    private List<Detection> detections(AnchorGrid grid, Tensor logits, Tensor deltas, ImageArea area) {
        Tensor passing = logits.gt(new Scalar(RetinaPostProcessor.LOGIT_THRESHOLD))
                .nonzero()
                .reshape(-1);
        long[] entries = Tensors.longs(passing);
        double[] scores = Tensors.doubles(logits.index_select(0, passing));
        int[] chosen = postProcessor.candidates(grid, entries, scores);
        long[] candidates = Arrays.stream(chosen).mapToLong(i -> entries[i]).toArray();
        long[] rows = Arrays.stream(candidates)
                .map(entry -> entry / config().classes().size())
                .toArray();
        return postProcessor.detections(
                grid,
                candidates,
                Arrays.stream(chosen).mapToDouble(i -> scores[i]).toArray(),
                Tensors.doubles(deltas.index_select(0, Tensors.indices(rows))),
                area);
    }
}
