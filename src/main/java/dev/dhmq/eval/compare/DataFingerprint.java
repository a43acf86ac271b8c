package dev.dhmq.eval.compare;

import dev.dhmq.data.CocoDataset;
import dev.dhmq.files.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/** Tells whether data are those of last time: their annotations, and the names and lengths of their pictures. */
public final class DataFingerprint {
    private DataFingerprint() {}

    /** A hash of these data sets, whose pictures lie in this folder. */
    public static String of(List<CocoDataset> datasets, Path images) {
        MessageDigest digest = Sha256.digest();
        for (CocoDataset dataset : datasets) {
            add(digest, dataset.categories());
            for (int i = 0; i < dataset.size(); i++) {
                add(digest, dataset.image(i));
                add(digest, dataset.objects(i));
                add(digest, images.resolve(dataset.image(i).fileName()).toFile().length());
            }
        }
        return Sha256.hex(digest);
    }

    private static void add(MessageDigest digest, Object part) {
        digest.update(part.toString().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
    }
}
