package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.model.box.Sampling;
import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.ImageBatch;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.LossTensors.Stage;
import dev.dhmq.model.network.Outputs;
import dev.dhmq.search.TaskWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fast Hessian-vector product against the slow one, double backward, in float64. */
class ReverseOverForwardTest {
    /** Float64 rounds each of some thousand sums at 1e-16, and cancellation takes a few digits. */
    private static final double ROUNDING = 1e-9;

    private static final TaskWeights WEIGHTS = new TaskWeights(1, 0.5);

    private final List<Sample> samples = TinyDetector.samples(2, 6);
    private final List<AutoCloseable> owned = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : owned) {
            one.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void theyAgreeOnTheTrainingLoss(String detector) {
        TorchvisionDetector model = model(detector);
        compare(model, direction -> task(model, direction));
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void theyAgreeOnTheTrainingLossOfEachStage(Stage stage) {
        TorchvisionDetector model = model(DetectorConfig.FASTER_RCNN);
        compare(model, direction -> task(model, direction).with(losses -> losses.only(stage)));
    }

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void theyAgreeOnTheEffectOfMovedWeights(String detector) {
        compareEffects(detector, UnaryOperator.identity());
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void theyAgreeOnTheEffectInEachStage(Stage stage) {
        compareEffects(DetectorConfig.FASTER_RCNN, losses -> losses.only(stage));
    }

    private TorchvisionDetector model(String detector) {
        DetectorConfig config = TinyDetector.config(detector, TinyDetector.CLASSES);
        TorchvisionDetector model = detector.equals(DetectorConfig.RETINANET)
                ? new RetinaNet(config, torch.ScalarType.Double)
                : new FasterRcnn(config, torch.ScalarType.Double);
        owned.add(model);
        model.initialize(3);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            // Norms that do nothing would hide a mistake in them.
            model.parameters().state().forEach((name, tensor) -> {
                if (name.contains("bn") && tensor.dim() == 1) {
                    tensor.add_(torch.rand_like(tensor).mul(new Scalar(0.5)));
                }
            });
        }
        return model;
    }

    private Judged task(TorchvisionDetector model, Direction direction) {
        return model.judged(
                model.images(samples),
                samples.stream().map(Sample::truth).toList(),
                false,
                Sampling.EXPECTED,
                direction);
    }

    private void compareEffects(String detector, UnaryOperator<LossTensors> part) {
        TorchvisionDetector model = model(detector);
        try (PointerScope _ = new PointerScope()) {
            ImageBatch images = model.images(samples);
            DetectionModel.Regions regions = model.regions(samples);
            List<EffectReference> references = new ArrayList<>();
            try (NoGradGuard _ = new NoGradGuard()) {
                model.rawOutputs(samples, regions).forEach(raw -> references.add(EffectReference.of(raw)));
                model.weights().tensors().forEach(weight -> weight.mul_(new Scalar(1.2)));
            }
            owned.addAll(references);
            Function<List<Outputs>, LossTensors> judge = said -> effect(references, model.raw(said));
            compare(model, direction -> new Judged(model.outputs(images, regions, direction), judge.andThen(part)));
        }
    }

    private static LossTensors effect(List<EffectReference> references, List<DetectionModel.RawOutputs> said) {
        return IntStream.range(0, said.size())
                .mapToObj(stage -> references.get(stage).effect(said.get(stage)))
                .reduce(LossTensors::and)
                .orElseThrow();
    }

    private static void compare(TorchvisionDetector model, Function<Direction, Judged> run) {
        try (PointerScope _ = new PointerScope()) {
            TensorVector layers = new TensorVector(model.weights().tensors().toArray(new Tensor[0]));
            torch.manual_seed(8);
            List<Tensor> direction =
                    model.weights().tensors().stream().map(torch::randn_like).toList();
            Tensor loss = run.apply(Direction.NONE).losses().weighted(WEIGHTS);
            TensorVector expected = DoubleBackward.product(loss, layers, direction);

            Judged judged = run.apply(Direction.of(model.weights(), direction));
            TensorVector product = ReverseOverForward.product(judged, WEIGHTS, layers);

            int compared = 0;
            double largest = 0;
            for (int i = 0; i < direction.size(); i++) {
                largest = Math.max(largest, norm(expected.get(i)));
            }
            for (int i = 0; i < direction.size(); i++) {
                String name = model.weights().layout().layer(i).name();
                double scale = norm(expected.get(i));
                if (scale > 1e-6 * largest) {
                    double error = norm(product.get(i).sub(expected.get(i)));
                    assertThat(error / scale).as(name).isLessThan(ROUNDING);
                    compared++;
                } else {
                    // Layers that the loss does not depend on, or nearly so.
                    assertThat(norm(product.get(i))).as(name).isLessThan(2e-6 * largest);
                }
            }
            assertThat(compared).isGreaterThan(direction.size() / 2);
        }
    }

    private static double norm(Tensor tensor) {
        return tensor.defined() ? tensor.norm().item_double() : 0;
    }
}
