package dev.dhmq.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** DHMQ's version, as the build wrote it. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        return new String[] {"dhmq " + number(), "Java " + Runtime.version()};
    }

    static String number() throws IOException {
        try (InputStream text = Objects.requireNonNull(
                Version.class.getResourceAsStream("version.txt"), "the build left out version.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }
}
