package dev.dhmq.files;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, by which files are known again. Safe for use by several threads. */
public final class Sha256 {
    private Sha256() {}

    /** A new digest. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    /** What has gone into a digest, in hexadecimal; the digest begins anew. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * The bytes of a file of any size, in hexadecimal.
     *
     * @throws InvalidInputException where it cannot be read
     */
    public static String of(Path file) {
        try (InputStream bytes = Files.newInputStream(file);
                DigestInputStream in = new DigestInputStream(bytes, digest())) {
            in.transferTo(OutputStream.nullOutputStream());
            return hex(in.getMessageDigest());
        } catch (IOException e) {
            throw new InvalidInputException(
                    file + " cannot be read (" + e + "); check the file and its permissions.", e);
        }
    }
}
