package dev.dhmq.train;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Sample;

/** Mirrors a sample, image and boxes. */
record Flip(boolean horizontal, boolean vertical) {

    Sample apply(Sample sample) {
        if (!horizontal && !vertical) {
            return sample;
        }
        GroundTruth truth = new GroundTruth(boxes(sample), sample.truth().labels());
        return new Sample(sample.name(), pixels(sample), sample.height(), sample.width(), truth);
    }

    private float[] pixels(Sample sample) {
        int width = sample.width();
        int height = sample.height();
        float[] from = sample.pixels();
        float[] to = new float[from.length];
        for (int row = 0; row < 3 * height; row++) {
            int plane = row / height;
            int y = row % height;
            int target = (plane * height + (vertical ? height - 1 - y : y)) * width;
            for (int x = 0; x < width; x++) {
                to[target + (horizontal ? width - 1 - x : x)] = from[row * width + x];
            }
        }
        return to;
    }

    private float[] boxes(Sample sample) {
        float[] boxes = sample.truth().boxes().clone();
        for (int i = 0; i < boxes.length; i += 4) {
            if (horizontal) {
                float left = boxes[i];
                boxes[i] = sample.width() - boxes[i + 2];
                boxes[i + 2] = sample.width() - left;
            }
            if (vertical) {
                float top = boxes[i + 1];
                boxes[i + 1] = sample.height() - boxes[i + 3];
                boxes[i + 3] = sample.height() - top;
            }
        }
        return boxes;
    }
}
