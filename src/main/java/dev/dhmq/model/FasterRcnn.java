package dev.dhmq.model;

import dev.dhmq.model.box.AnchorGrid;
import dev.dhmq.model.box.AnchorGrids;
import dev.dhmq.model.box.AnchorShapes;
import dev.dhmq.model.box.ProposalFilter;
import dev.dhmq.model.box.RegionPostProcessor;
import dev.dhmq.model.box.Sampling;
import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.FasterRcnnNetwork;
import dev.dhmq.model.network.ImageBatch;
import dev.dhmq.model.network.Initialization;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.OutputSignals;
import dev.dhmq.model.network.Outputs;
import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.model.network.ProposalCandidates;
import dev.dhmq.model.network.ProposalLoss;
import dev.dhmq.model.network.RegionLoss;
import dev.dhmq.model.network.RegionTargets;
import dev.dhmq.model.network.Signal;
import dev.dhmq.model.network.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/**
 * Faster R-CNN (Ren et al., 2015) with a feature pyramid, and torchvision's names, anchors, samplers, losses and
 * post-processing.
 */
public final class FasterRcnn extends TorchvisionDetector {
    /** P2's. */
    private static final int FIRST_STRIDE = 4;

    private final FasterRcnnNetwork network;
    private final AnchorGrids anchors;
    private final ProposalLoss proposalLoss;
    private final RegionLoss regionLoss;

    /** A network of zeros in float32; {@link #initialize} or a checkpoint fills it. */
    public FasterRcnn(DetectorConfig config) {
        this(config, torch.ScalarType.Float);
    }

    /** A network of zeros with this element type; float64 is for checks against references. */
    public FasterRcnn(DetectorConfig config, torch.ScalarType type) {
        ParameterStore store = newStore(type);
        try (PointerScope _ = new PointerScope()) {
            network = new FasterRcnnNetwork(store, config);
        }
        anchors = new AnchorGrids(FIRST_STRIDE, AnchorShapes.single(config.anchorSizes(), config.aspectRatios()));
        proposalLoss = new ProposalLoss(config.regions(), type);
        regionLoss = new RegionLoss(config.regions(), config.classes().size(), type);
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
        RegionSettings settings = config().regions();
        List<Signal> pyramid = network.pyramid(batch.input(direction), training);
        OutputSignals first = network.proposals(pyramid);
        List<double[]> proposals =
                proposals(batch, first.values(), settings.trainingCandidates(), settings.trainingProposals());
        RegionTargets targets = regionLoss.targets(proposals, truths, sampling);
        OutputSignals second = network.regions(pyramid, targets.regions());
        return new Judged(
                List.of(first, second),
                said -> proposalLoss
                        .losses(said.get(0), grid(batch), truths, sampling)
                        .and(regionLoss.losses(said.get(1), targets)));
    }

    private AnchorGrid grid(ImageBatch batch) {
        return anchors.at(batch.height(), batch.width());
    }

    /** The regions of each image that the first stage proposes. */
    private List<double[]> proposals(ImageBatch batch, Outputs said, int candidates, int limit) {
        try (NoGradGuard _ = new NoGradGuard()) {
            List<double[]> proposals = new ArrayList<>();
            for (int image = 0; image < batch.areas().size(); image++) {
                ProposalCandidates best = ProposalCandidates.of(
                        said.logits().select(0, image), said.deltas().select(0, image), grid(batch), candidates);
                proposals.add(ProposalFilter.proposals(
                        grid(batch),
                        best.anchors(),
                        best.levels(),
                        best.logits(),
                        best.deltas(),
                        batch.areas().get(image),
                        limit));
            }
            return proposals;
        }
    }

    private List<double[]> proposals(ImageBatch batch, List<Signal> pyramid) {
        RegionSettings settings = config().regions();
        return proposals(batch, network.proposals(pyramid).values(), settings.candidates(), settings.proposals());
    }

    @Override
    public Regions regions(List<Sample> batch) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            ImageBatch images = images(batch);
            return new Regions(proposals(images, network.pyramid(images.input(Direction.NONE), false)));
        }
    }

    @Override
    List<OutputSignals> outputs(ImageBatch batch, Regions regions, Direction direction) {
        List<Signal> pyramid = network.pyramid(batch.input(direction), false);
        return List.of(network.proposals(pyramid), network.regions(pyramid, regions.boxes()));
    }

    @Override
    List<RawOutputs> raw(List<Outputs> outputs) {
        Outputs first = outputs.get(0);
        Outputs second = outputs.get(1);
        return List.of(
                new RawOutputs(
                        LossTensors.Stage.PROPOSALS,
                        first.logits().reshape(-1, 1),
                        first.deltas().reshape(-1, 4),
                        RawOutputs.Link.SIGMOID),
                new RawOutputs(
                        LossTensors.Stage.DETECTIONS,
                        second.logits(),
                        second.deltas().reshape(-1, 1 + config().classes().size(), 4),
                        RawOutputs.Link.SOFTMAX));
    }

    @Override
    List<List<Detection>> detect(ImageBatch batch) {
        List<Signal> pyramid = network.pyramid(batch.input(Direction.NONE), false);
        List<double[]> proposals = proposals(batch, pyramid);
        Outputs said = network.regions(pyramid, proposals).values();
        double[] probabilities = Tensors.doubles(said.logits().softmax(1));
        double[] deltas = Tensors.doubles(said.deltas());
        int classes = config().classes().size();
        List<List<Detection>> detections = new ArrayList<>();
        int from = 0;
        for (int image = 0; image < proposals.size(); image++) {
            double[] boxes = proposals.get(image);
            int to = from + boxes.length / 4 * (classes + 1);
            detections.add(RegionPostProcessor.detections(
                    boxes,
                    Arrays.copyOfRange(probabilities, from, to),
                    Arrays.copyOfRange(deltas, 4 * from, 4 * to),
                    classes,
                    batch.areas().get(image)));
            from = to;
        }
        return detections;
    }
}
