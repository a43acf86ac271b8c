package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnedScalesTest {
    private static final int BITS = 3;
    private static final String FIRST = "backbone.body.conv1.weight";

    @TempDir
    Path folder;

    private final RetinaNet model = TinyDetector.create(1);
    private final ParameterLayout layout = model.weights().layout();
    private final Backend backend = Backends.select(Backends.Choice.CPU);
    private final BitAssignment plan = BitAssignment.uniform(layout, BITS);

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    private float[] weights() {
        return model.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Puts the weights on a grid that no search would find. */
    private LearnedScales quantizeByOddScales() {
        float[] scales = new float[layout.channels()];
        for (int c = 0; c < scales.length; c++) {
            scales[c] = 0.011f + 0.0001f * (c % 7);
        }
        for (Layer layer : layout.layers()) {
            for (int k = 0; k < layer.size(); k++) {
                long i = layer.offset() + k;
                float scale = scales[layer.firstChannel() + k / layer.channelSize()];
                float weight = model.weights().weights().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                float integer = (float) Math.clamp(Math.rint(weight / scale), -4.0, 3.0);
                model.weights().weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, scale * integer + 0f);
            }
        }
        int[] bits = new int[layout.layers().size()];
        Arrays.fill(bits, BITS);
        return LearnedScales.of(layout, bits, scales);
    }

    @Test
    void weightsOnTheirLearnedGridStayBitForBit() {
        quantizeByOddScales().write(folder);
        float[] before = weights();

        FakeQuantization.apply(model, backend, plan, LearnedScales.read(folder, layout));
        assertThat(weights()).isEqualTo(before);

        // Without them the search moves some: otherwise the test above would show nothing.
        FakeQuantization.apply(model, backend, plan);
        assertThat(weights()).isNotEqualTo(before);
    }

    @Test
    void scalesForOtherBitsAreNotUsed() {
        LearnedScales learned = quantizeByOddScales();
        float[] before = weights();
        BitAssignment two = BitAssignment.uniform(layout, 2);

        FakeQuantization.apply(model, backend, two, learned);
        float[] withScales = weights();
        model.weights().weights().copyFrom(MemorySegment.ofArray(before));
        FakeQuantization.apply(model, backend, two);

        assertThat(withScales).isEqualTo(weights());
    }

    @Test
    void weightsThatAreNotOnTheGridAreRefusedWithTheirLayer() {
        LearnedScales learned = quantizeByOddScales();
        model.weights().weights().setAtIndex(ValueLayout.JAVA_FLOAT, 3, 0.0123f);

        assertThatThrownBy(() -> FakeQuantization.apply(model, backend, plan, learned))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(FIRST + " are not on their grid");
    }

    @Test
    void withoutAFileThereAreNone() {
        assertThat(LearnedScales.read(folder, layout)).isSameAs(LearnedScales.NONE);
    }

    @Test
    void everyBrokenFileIsOneSentence() throws IOException {
        int channels = layout.layer(0).channels();
        float[] fine = new float[channels];
        Arrays.fill(fine, 0.5f);

        refused(Map.of(FIRST, "3"), List.of(), "does not hold " + FIRST + ".scale");
        refused(Map.of(FIRST, "3"), List.of(scale(FIRST, new float[channels + 1])), "[" + channels + "]");
        refused(Map.of(FIRST, "3"), List.of(scale(FIRST, with(fine, -0.1f))), "has -0.1 at " + FIRST + ".scale[2]");
        refused(Map.of(FIRST, "3"), List.of(scale(FIRST, with(fine, Float.NaN))), "has NaN at");
        refused(Map.of(FIRST, "3"), List.of(scale(FIRST, with(fine, Float.POSITIVE_INFINITY))), "has Infinity at");
        refused(Map.of(FIRST, "9"), List.of(scale(FIRST, fine)), "\"9\" bits");
        refused(Map.of(FIRST, "three"), List.of(scale(FIRST, fine)), "\"three\" bits");
        refused(Map.of("stray.weight", "3"), List.of(scale("stray.weight", fine)), "none of the model's layers");
        refused(Map.of(), List.of(scale(FIRST, fine)), "does not say for how many bits");

        SafetensorsWriter.write(folder.resolve("scales.safetensors"), Map.of(), List.of());
        assertRefused("no file of learned scales");
        Files.writeString(folder.resolve("scales.safetensors"), "short");
        assertRefused("scales.safetensors");
    }

    private static float[] with(float[] values, float odd) {
        float[] changed = values.clone();
        changed[2] = odd;
        return changed;
    }

    private static TensorEntry scale(String layer, float[] values) {
        return TensorEntry.ofFloats(layer + ".scale", DType.F32, new long[] {values.length}, values);
    }

    private void refused(Map<String, String> bits, List<TensorEntry> tensors, String complaint) {
        Map<String, String> metadata = new TreeMap<>(bits);
        metadata.put("format", "dhmq-scales-1");
        SafetensorsWriter.write(folder.resolve("scales.safetensors"), metadata, tensors);
        assertRefused(complaint);
    }

    private void assertRefused(String complaint) {
        assertThatThrownBy(() -> LearnedScales.read(folder, layout))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("scales.safetensors")
                .hasMessageContaining(complaint);
    }
}
