package dev.dhmq.eval;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The detections of all images in one order, surest first.
 *
 * @param image for each rank, the image the detection is in
 * @param detection for each rank, the detection's place among those of its image
 */
record Ranking(int[] image, int[] detection) {
    private record Entry(double score, int image, int detection) {}

    /** The order is stable: equal scores stay in the order of images, and of detections within an image. */
    static Ranking of(List<Matching> images, int maxDetections) {
        List<Entry> entries = IntStream.range(0, images.size())
                .boxed()
                .flatMap(image -> {
                    double[] scores = images.get(image).scores();
                    return IntStream.range(0, Math.min(scores.length, maxDetections))
                            .mapToObj(detection -> new Entry(scores[detection], image, detection));
                })
                .sorted(Comparator.comparingDouble(entry -> ClassInImage.descending(entry.score())))
                .toList();
        return new Ranking(
                entries.stream().mapToInt(Entry::image).toArray(),
                entries.stream().mapToInt(Entry::detection).toArray());
    }

    int size() {
        return image.length;
    }
}
