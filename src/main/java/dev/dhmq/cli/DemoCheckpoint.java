package dev.dhmq.cli;

import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectorConfig;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The detector that comes with DHMQ, unpacked to a folder of its own until closed.
 *
 * @param folder where it lies now
 */
record DemoCheckpoint(Path folder) implements AutoCloseable {
    static final long SCENE_SEED = 1;
    private static final List<String> FILES = List.of("model.json", "model.safetensors");

    static DemoCheckpoint unpack() throws IOException {
        Path folder = Files.createTempDirectory("dhmq-demo");
        for (String name : FILES) {
            try (InputStream in = DemoCheckpoint.class.getResourceAsStream("demo/" + name)) {
                if (in == null) {
                    throw new FileNotFoundException(
                            "demo/" + name + " is missing from this build of DHMQ; build it again.");
                }
                Files.copy(in, folder.resolve(name));
            }
        }
        return new DemoCheckpoint(folder);
    }

    /** The scenes it was trained on, from number 0 on, and more of their kind. */
    static SyntheticScenes scenes(DetectorConfig config) {
        return new SyntheticScenes(SCENE_SEED, config.width(), config.height());
    }

    @Override
    public void close() throws IOException {
        for (String name : FILES) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.deleteIfExists(folder);
    }
}
