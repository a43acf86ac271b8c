package dev.dhmq.cli;

import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.checkpoint.ModelDirectory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The detector that comes with DHMQ.
 *
 * @param model the caller closes it
 * @param sha256 hash of its weights' file
 */
record DemoCheckpoint(DetectionModel model, String sha256) {
    /** Its scenes. */
    static final long SCENE_SEED = 1;

    private static final List<String> FILES = List.of("model.json", "model.safetensors");

    /** Unpacks it to a folder that is gone again when this returns. */
    static DemoCheckpoint load() throws IOException {
        Path folder = Files.createTempDirectory("dhmq-demo");
        try {
            for (String name : FILES) {
                unpack(name, folder);
            }
            return new DemoCheckpoint(DetectorCheckpoint.load(folder), new ModelDirectory(folder).sha256());
        } finally {
            for (String name : FILES) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.deleteIfExists(folder);
        }
    }

    private static void unpack(String name, Path folder) throws IOException {
        try (InputStream in = DemoCheckpoint.class.getResourceAsStream("demo/" + name)) {
            if (in == null) {
                throw new FileNotFoundException(
                        "demo/" + name + " is missing from this build of DHMQ; build it again.");
            }
            Files.copy(in, folder.resolve(name));
        }
    }

    /** The scenes it was trained on, from number 0 on, and more of their kind. */
    static SyntheticScenes scenes(DetectorConfig config) {
        return new SyntheticScenes(SCENE_SEED, config.width(), config.height());
    }
}
