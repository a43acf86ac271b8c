package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.quant.LayerMacs;
import dev.dhmq.tensor.Layer;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MacCounterTest {
    private static final List<Sample> SAMPLES = TinyDetector.samples(2, 3);

    @Test
    void convolutionsTakeOneProductAWeightAndPlace() {
        try (RetinaNet model = TinyDetector.create(1)) {
            List<LayerMacs> macs = MacCounter.count(model, SAMPLES);

            assertThat(macs.stream().map(LayerMacs::name))
                    .isEqualTo(model.weights().layout().layers().stream()
                            .map(Layer::name)
                            .toList());
            // 96x64 pixels; 7x7 of 3 channels to 8, at every second place both ways.
            assertThat(macs.getFirst())
                    .isEqualTo(new LayerMacs("backbone.body.conv1.weight", 48L * 32 * 8 * 3 * 49, 3L * 96 * 64));
        }
    }

    @Test
    void aHeadCountsForAllLevels() {
        try (RetinaNet model = TinyDetector.create(1)) {
            // P3 to P7 of 96x64: 12x8, 6x4, 3x2, 2x1 and 1x1 places.
            long places = 96 + 24 + 6 + 2 + 1;
            assertThat(layer(MacCounter.count(model, SAMPLES), "head.classification_head.conv.0.0.weight"))
                    .isEqualTo(
                            new LayerMacs("head.classification_head.conv.0.0.weight", places * 8 * 8 * 9, places * 8));
        }
    }

    @Test
    void aBoxHeadCountsForEveryRegion() {
        try (FasterRcnn model = TinyDetector.createFasterRcnn(1)) {
            LayerMacs first = layer(MacCounter.count(model, SAMPLES.subList(0, 1)), "roi_heads.box_head.fc6.weight");

            long regions = first.inputElements() / (8 * 7 * 7);
            assertThat(regions).isBetween(1L, (long) model.config().regions().proposals());
            assertThat(first.inputElements()).isEqualTo(regions * 8 * 7 * 7);
            assertThat(first.macs())
                    .isEqualTo(first.inputElements() * model.config().regions().headWidth());
        }
    }

    @Test
    void hooksAreBackWhereTheyWereEvenWhenAnImageFails() {
        try (RetinaNet model = TinyDetector.create(1)) {
            LayerHooks before = new LayerHooks() {};
            model.parameters().setHooks(before);
            MacCounter.count(model, SAMPLES);
            assertThat(model.parameters().hooks()).isSameAs(before);

            Sample misfit =
                    new Sample("small.png", new float[3 * 8 * 8], 8, 8, new GroundTruth(new float[0], new int[0]));
            assertThatThrownBy(() -> MacCounter.count(model, List.of(misfit))).hasMessageContaining("small.png");
            assertThat(model.parameters().hooks()).isSameAs(before);
        }
    }

    @Test
    void hooksThatThrowAreRemovedToo() {
        LayerHooks failing = new LayerHooks() {
            @Override
            public Tensor input(String layer, Tensor x) {
                throw new IllegalStateException(layer);
            }
        };
        try (RetinaNet model = TinyDetector.create(1)) {
            assertThatThrownBy(() -> {
                        try (HookedLayers _ = HookedLayers.with(model, failing)) {
                            model.detect(SAMPLES);
                        }
                    })
                    .hasMessage("backbone.body.conv1.weight");
            assertThat(model.parameters().hooks()).isSameAs(LayerHooks.NONE);
        }
    }

    private static LayerMacs layer(List<LayerMacs> macs, String name) {
        return macs.stream()
                .filter(layer -> layer.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
