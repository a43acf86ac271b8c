package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RetinaNet;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class TrainerTest {
    private final List<Sample> samples = TinyDetector.samples(6, 11);

    private final SampleSource source = new SampleSource() {
        @Override
        public int size() {
            return samples.size();
        }

        @Override
        public Sample sample(int index) {
            return samples.get(index);
        }

        @Override
        public List<DetectorConfig.Category> classes() {
            return TinyDetector.CLASSES;
        }
    };

    @Test
    void trainingLowersTheLoss() {
        try (RetinaNet model = TinyDetector.create(1)) {
            double before = loss(model);
            train(model, 12);

            assertThat(loss(model)).isLessThan(0.9 * before);
        }
    }

    @Test
    void theSameSeedGivesTheSameWeightsBitForBit() {
        try (RetinaNet first = TinyDetector.create(1);
                RetinaNet second = TinyDetector.create(1)) {
            train(first, 2);
            train(second, 2);

            assertThat(values(second)).usingRecursiveComparison().isEqualTo(values(first));
        }
    }

    @Test
    void theWeightsStayInTheFlatVector() {
        try (RetinaNet model = TinyDetector.create(1)) {
            long address = model.weights().weights().address();
            train(model, 1);

            Tensor first = model.weights().tensors().getFirst();
            assertThat(first.data_ptr().address()).isEqualTo(address);
            assertThat(first.grad().data_ptr().address())
                    .isEqualTo(model.weights().gradient().address());
        }
    }

    private void train(RetinaNet model, int epochs) {
        try (Trainer trainer = new Trainer(model, source, settings(epochs));
                Progress.Task task = Progress.NONE.start("", 1)) {
            for (int epoch = 1; epoch <= epochs; epoch++) {
                trainer.epoch(epoch, task);
            }
        }
    }

    private static TrainingSettings settings(int epochs) {
        return TrainingSettings.of(epochs, 4, new OptimizerSettings.AdamW(3e-3, 0.01), 5);
    }

    private double loss(RetinaNet model) {
        try (PointerScope _ = new PointerScope()) {
            TaskLosses losses = model.losses(samples).values();
            return losses.weighted(TaskWeights.EQUAL);
        }
    }

    private static List<float[]> values(RetinaNet model) {
        List<float[]> values = new ArrayList<>();
        for (Map.Entry<String, Tensor> entry : model.parameters().state().entrySet()) {
            values.add(Tensors.floats(entry.getValue()));
        }
        return values;
    }
}
