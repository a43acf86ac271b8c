package dev.dhmq.curvature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.LayerSlices;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class LbfgsMemoryTest {
    private static final ParameterLayout LAYOUT =
            ParameterLayout.of(List.of(new ParameterLayout.Shape("a", 1, 2), new ParameterLayout.Shape("b", 1, 1)));

    private final CountingBackend backend = new CountingBackend();

    @Test
    void productsAreKeptLayerByLayer() {
        try (LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, 2)) {
            memory.add(pair(new float[] {1, 2, 3}, new float[] {4, 5, 6}));
            memory.add(pair(new float[] {7, 8, 9}, new float[] {1, 0, 2}));
            assertThat(memory.stepProducts(1, 0)).containsExactly(7 + 16, 27);
            assertThat(memory.stepProducts(0, 1)).containsExactly(7 + 16, 27);
            assertThat(memory.stepChange(1, 0)).isEqualTo(28 + 40 + 54);
            assertThat(memory.products()).containsExactly(4 + 10 + 18, 1 + 6, 28 + 40 + 54, 7 + 18);
        }
    }

    /** A step that stores its layers alone counts as the vector that is zero elsewhere. */
    @Test
    void stepsMayBeStoredForTheirLayersAlone() {
        try (LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, 2);
                DeviceVector step = vector(new float[] {9, 9, 3})) {
            memory.add(new CurvaturePair(
                    LayerSlices.copyOf(backend, LAYOUT, step, 1), vector(new float[] {4, 5, 6}), false));
            memory.add(pair(new float[] {7, 8, 9}, new float[] {1, 0, 2}));
            assertThat(memory.stepProducts(0, 0)).containsExactly(0, 9);
            assertThat(memory.stepProducts(1, 0)).containsExactly(0, 27);
            assertThat(memory.products()).containsExactly(18, 6, 28 + 40 + 54, 7 + 18);
        }
    }

    @Test
    void theOldestPairGoesWhenTheMemoryIsFull() {
        try (LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, 2)) {
            for (int k = 1; k <= 200; k++) {
                memory.add(pair(new float[] {k, 0, 0}, new float[] {1, 0, 0}));
            }
            assertThat(memory.size()).isEqualTo(2);
            assertThat(memory.stepChange(0, 0)).isEqualTo(199);
            assertThat(memory.stepProducts(1, 0)).containsExactly(199 * 200, 0);
            assertThat(memory.vectors()).hasSize(4);
            assertThat(backend.open()).isEqualTo(4);
        }
        assertThat(backend.open()).isZero();
    }

    @Test
    void aMemoryOfNoneKeepsNone() {
        try (LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, 0)) {
            memory.add(pair(new float[] {1, 2, 3}, new float[] {4, 5, 6}));
            assertThat(memory.size()).isZero();
            assertThat(backend.open()).isZero();
        }
    }

    @Test
    void aNegativeCapacityIsRefused() {
        assertThatThrownBy(() -> new LbfgsMemory(backend, LAYOUT, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    private CurvaturePair pair(float[] s, float[] y) {
        return new CurvaturePair(vector(s), vector(y), false);
    }

    private DeviceVector vector(float[] values) {
        DeviceVector vector = backend.allocate(values.length);
        backend.write(values, vector);
        return vector;
    }
}
