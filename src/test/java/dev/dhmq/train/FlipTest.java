package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Sample;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlipTest {
    private static final Sample SAMPLE = new Sample(
            "tiny",
            new float[] {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60, 7, 7, 7, 8, 8, 8},
            2,
            3,
            new GroundTruth(new float[] {0, 0, 1, 2}, new int[] {4}));

    @Test
    void horizontalMirrorsColumnsAndBoxes() {
        Sample flipped = new Flip(true, false).apply(SAMPLE);

        assertThat(flipped.pixels()).startsWith(3, 2, 1, 6, 5, 4, 30, 20, 10, 60, 50, 40);
        assertThat(flipped.truth().boxes()).containsExactly(2, 0, 3, 2);
        assertThat(flipped.truth().labels()).containsExactly(4);
    }

    @Test
    void verticalMirrorsRowsAndTwiceIsNothing() {
        Flip both = new Flip(true, true);

        assertThat(new Flip(false, true).apply(SAMPLE).pixels()).startsWith(4, 5, 6, 1, 2, 3);
        assertThat(both.apply(both.apply(SAMPLE)).pixels()).isEqualTo(SAMPLE.pixels());
        assertThat(both.apply(both.apply(SAMPLE)).truth().boxes())
                .isEqualTo(SAMPLE.truth().boxes());
    }

    @Test
    void anEpochHasEveryImageOnceInAnOrderOfItsOwn() {
        TrainingSettings settings = new TrainingSettings(
                2, 4, new OptimizerSettings.AdamW(1e-3, 0), new Schedule.OneCycle(), 10, 0, true, 7);

        List<List<EpochOrder.Entry>> first = EpochOrder.batches(10, settings, 1);

        assertThat(first).extracting(List::size).containsExactly(4, 4, 2);
        Set<Integer> images = new HashSet<>();
        first.forEach(batch -> batch.forEach(entry -> images.add(entry.image())));
        assertThat(images).hasSize(10);
        assertThat(EpochOrder.batches(10, settings, 1)).isEqualTo(first);
        assertThat(EpochOrder.batches(10, settings, 2)).isNotEqualTo(first);
    }
}
