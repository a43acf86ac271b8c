package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
    @ParameterizedTest
    @CsvSource({
        "STRETCH, 640, 480, 96, 64",
        // The rows are the tighter limit: 64 of 480.
        "LETTERBOX, 640, 480, 85, 64",
        "LETTERBOX, 640, 100, 96, 15",
        "LETTERBOX, 1, 10000, 1, 64",
        // The shorter side to 64, unless the longer one would exceed 96.
        "SHORTER_SIDE, 640, 480, 85, 64",
        "SHORTER_SIDE, 480, 640, 64, 85",
        "SHORTER_SIDE, 640, 320, 96, 48",
        "NONE, 640, 480, 640, 480"
    })
    void imagesComeToThisSize(Resize resize, int width, int height, int toWidth, int toHeight) {
        DetectorConfig config = DetectorConfig.scripted(TinyDetector.CLASSES, 96, 64, resize);

        assertThat(resize.sizeOf(width, height, config)).isEqualTo(new Resize.Size(toWidth, toHeight));
    }
}
