package dev.dhmq.model;

import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.FlatWeights;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.search.Objective;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.SharedVector;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A loss over the calibration set, computed batch by batch so that memory holds one batch's graph at a time.
 *
 * <p>Batch norms stay in evaluation mode. Holds the samples, not the model, which must outlive it.
 */
abstract sealed class CalibrationObjective implements Objective, AutoCloseable permits TaskObjective, EffectObjective {
    private final DetectionModel model;
    private final Backend backend;
    private final List<List<Sample>> batches = new ArrayList<>();
    private final SharedVector weights;
    private final SharedVector gradient;
    private final int images;

    CalibrationObjective(DetectionModel model, Backend backend, List<Sample> samples, int batchSize) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("Calibration needs at least one image.");
        }
        if (batchSize < 1) {
            throw new IllegalArgumentException("A batch needs at least one image, not " + batchSize + ".");
        }
        this.model = model;
        this.backend = backend;
        this.images = samples.size();
        for (int from = 0; from < samples.size(); from += batchSize) {
            batches.add(List.copyOf(samples.subList(from, Math.min(from + batchSize, samples.size()))));
        }
        this.weights = backend.share(flat().weights());
        this.gradient = backend.share(flat().gradient());
        weights.fetch();
    }

    /** The two losses of one batch, scaled so that the sum over all batches is L. */
    abstract LossTensors batchLoss(int batch);

    /** The same of a network whose weights move along a direction. */
    abstract Judged judged(int batch, TorchvisionDetector detector, Direction direction);

    DetectionModel model() {
        return model;
    }

    List<List<Sample>> batches() {
        return batches;
    }

    /** Number of calibration images. */
    int images() {
        return images;
    }

    private FlatWeights flat() {
        return model.weights();
    }

    @Override
    public ParameterLayout layout() {
        return flat().layout();
    }

    @Override
    public Backend backend() {
        return backend;
    }

    @Override
    public DeviceVector weights() {
        return weights.vector();
    }

    @Override
    public TaskLosses loss() {
        weights.publish();
        TaskLosses sum = new TaskLosses(0, 0);
        for (int batch = 0; batch < batches.size(); batch++) {
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                sum = sum.plus(finite(batchLoss(batch), batch));
            }
        }
        return sum;
    }

    @Override
    public TaskLosses lossAndGradient(TaskWeights taskWeights, DeviceVector into) {
        weights.publish();
        flat().zeroGradient();
        TaskLosses sum = new TaskLosses(0, 0);
        for (int batch = 0; batch < batches.size(); batch++) {
            try (PointerScope _ = new PointerScope()) {
                LossTensors loss = batchLoss(batch);
                sum = sum.plus(finite(loss, batch));
                loss.weighted(taskWeights).backward();
            }
        }
        gradient.fetch();
        requireFinite(gradient.vector(), "gradient");
        backend.copy(gradient.vector(), into);
        return sum;
    }

    @Override
    public void hessianVectorProduct(TaskWeights taskWeights, DeviceVector v, DeviceVector product) {
        weights.publish();
        backend.copy(v, gradient.vector());
        gradient.publish();
        // The gradient's memory first carries v, as views with the layers' shapes, and is overwritten at the end.
        try (PointerScope _ = new PointerScope()) {
            TensorVector layers = new TensorVector(flat().tensors().toArray(new Tensor[0]));
            List<Tensor> direction = new ArrayList<>();
            List<Tensor> sums = new ArrayList<>();
            for (Tensor tensor : flat().tensors()) {
                direction.add(tensor.grad().detach());
                sums.add(torch.zeros_like(tensor));
            }
            for (int batch = 0; batch < batches.size(); batch++) {
                try (PointerScope _ = new PointerScope()) {
                    add(batchProduct(batch, taskWeights, layers, direction), sums);
                }
            }
            for (int i = 0; i < sums.size(); i++) {
                direction.get(i).copy_(sums.get(i));
            }
        }
        gradient.fetch();
        requireFinite(gradient.vector(), "Hessian-vector product");
        backend.copy(gradient.vector(), product);
    }

    /** H v of one batch. Networks written here go with their weights; of others only the graph is known. */
    private TensorVector batchProduct(int batch, TaskWeights taskWeights, TensorVector layers, List<Tensor> direction) {
        if (model instanceof TorchvisionDetector detector && !isHooked()) {
            Judged judged = judged(batch, detector, Direction.of(flat(), direction));
            return ReverseOverForward.product(judged, taskWeights, layers);
        }
        return DoubleBackward.product(batchLoss(batch).weighted(taskWeights), layers, direction);
    }

    /** Whether something sits between the layers while the loss is computed. */
    boolean isHooked() {
        return !model.parameters().hooks().equals(LayerHooks.NONE);
    }

    private static void add(TensorVector layers, List<Tensor> sums) {
        for (int i = 0; i < sums.size(); i++) {
            // The loss of one stage does not depend on the layers of another.
            if (layers.get(i).defined()) {
                sums.get(i).add_(layers.get(i));
            }
        }
    }

    private TaskLosses finite(LossTensors loss, int batch) {
        TaskLosses values = loss.values();
        if (!Double.isFinite(values.classification()) || !Double.isFinite(values.regression())) {
            List<String> names = batches.get(batch).stream().map(Sample::name).toList();
            throw new NonFiniteLossException("The calibration loss is " + values.classification()
                    + " (classification) and " + values.regression() + " (regression) on the images " + names
                    + "; check these images' boxes and the checkpoint's weights.");
        }
        return values;
    }

    private void requireFinite(DeviceVector vector, String what) {
        double[] squares = new double[layout().layers().size()];
        backend.segmentedDot(layout(), vector, vector, squares);
        for (int i = 0; i < squares.length; i++) {
            if (!Double.isFinite(squares[i])) {
                Layer layer = layout().layer(i);
                throw new NonFiniteLossException("The " + what + " of layer " + layer.name()
                        + " is not finite on the calibration set; check the checkpoint's weights.");
            }
        }
    }

    @Override
    public void close() {
        // The network has what the search has left in the weights, however that was shared.
        weights.publish();
        weights.close();
        gradient.close();
    }
}
