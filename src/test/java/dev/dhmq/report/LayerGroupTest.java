package dev.dhmq.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerGroupTest {
    @ParameterizedTest
    @CsvSource({
        "backbone.body.layer1.0.conv1.weight, BACKBONE, layer1.0.conv1",
        "backbone.fpn.inner_blocks.0.0.weight, PYRAMID, inner_blocks.0.0",
        "head.classification_head.cls_logits.weight, HEADS, classification_head.cls_logits",
        "rpn.head.bbox_pred.weight, HEADS, rpn.head.bbox_pred",
        "roi_heads.box_head.fc6.weight, HEADS, roi_heads.box_head.fc6",
        "encoder.0.weight, OTHERS, encoder.0"
    })
    void layersGoByTorchvisionsNames(String layer, LayerGroup group, String shortName) {
        assertThat(LayerGroup.of(layer)).isEqualTo(group);
        assertThat(LayerGroup.shortName(layer)).isEqualTo(shortName);
    }

    @Test
    void partsKeepTheNetworksOrderWithin() {
        List<LayerGroup.Part> parts =
                LayerGroup.partsOf(List.of("rpn.a.weight", "backbone.body.b.weight", "rpn.c.weight"));
        assertThat(parts).extracting(LayerGroup.Part::group).containsExactly(LayerGroup.BACKBONE, LayerGroup.HEADS);
        assertThat(parts.get(1).layers()).containsExactly(0, 2);
    }
}
