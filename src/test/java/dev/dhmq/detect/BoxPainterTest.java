package dev.dhmq.detect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.data.RgbImage;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoxPainterTest {
    private static RgbImage grey() {
        float[] planes = new float[3 * 120 * 90];
        Arrays.fill(planes, 0.4f);
        return new RgbImage(planes, 120, 90);
    }

    private static final int GREY = 0xFF666666;

    @Test
    void withoutObjectsThePictureIsAsItWas() {
        BufferedImage image = BoxPainter.paint(grey(), List.of());
        assertThat(image.getWidth()).isEqualTo(120);
        assertThat(image.getRGB(0, 0)).isEqualTo(GREY);
        assertThat(image.getRGB(119, 89)).isEqualTo(GREY);
    }

    @Test
    void edgesAreColouredAndTheInsideIsNot() {
        DetectedObject object = new DetectedObject("cell", 1, 0.9f, 30, 40, 90, 80);
        BufferedImage image = BoxPainter.paint(grey(), List.of(object));
        assertThat(image.getRGB(30, 60)).as("left edge").isNotEqualTo(GREY);
        assertThat(image.getRGB(60, 80)).as("bottom edge").isNotEqualTo(GREY);
        assertThat(image.getRGB(60, 60)).as("inside").isEqualTo(GREY);
        assertThat(image.getRGB(32, 34)).as("the label above").isNotEqualTo(GREY);
    }

    @Test
    void boxesAndLabelsBeyondThePictureAreCutOff() {
        DetectedObject object =
                new DetectedObject("a name that is longer than the picture", -3, 1f, -50, -20, 500, 300);
        BufferedImage image = BoxPainter.paint(grey(), List.of(object));
        assertThat(image.getRGB(60, 60)).isEqualTo(GREY);
    }
}
