package dev.dhmq.eval.compare;

import dev.dhmq.data.CocoDataset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Tells whether data are those of last time: their annotations, and the names and lengths of their pictures. */
public final class DataFingerprint {
    private DataFingerprint() {}

    /** A hash of these data sets, whose pictures lie in this folder. */
    public static String of(List<CocoDataset> datasets, Path images) {
        MessageDigest digest = sha256();
        for (CocoDataset dataset : datasets) {
            add(digest, dataset.categories());
            for (int i = 0; i < dataset.size(); i++) {
                add(digest, dataset.image(i));
                add(digest, dataset.objects(i));
                add(digest, images.resolve(dataset.image(i).fileName()).toFile().length());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, Object part) {
        digest.update(part.toString().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
