package dev.dhmq.train;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One epoch's images in random order, each with its flip, cut into batches. The same seed and epoch give the same. */
final class EpochOrder {
    /** An image of the data set and how to mirror it. */
    record Entry(int image, Flip flip) {}

    private EpochOrder() {}

    static List<List<Entry>> batches(int images, TrainingSettings settings, int epoch) {
        SplittableRandom random = new SplittableRandom(settings.seed() * 1_000_003 + epoch);
        int[] order = new int[images];
        for (int i = 0; i < images; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        List<List<Entry>> batches = new ArrayList<>();
        List<Entry> batch = new ArrayList<>();
        for (int image : order) {
            batch.add(
                    new Entry(image, new Flip(random.nextBoolean(), settings.verticalFlips() && random.nextBoolean())));
            if (batch.size() == settings.batchSize()) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }
}
