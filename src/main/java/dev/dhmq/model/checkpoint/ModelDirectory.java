package dev.dhmq.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.NewFile;
import dev.dhmq.files.Sha256;
import dev.dhmq.model.DetectorConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder with a detector: {@code model.safetensors}, its weights, which may be packed ({@link PackedCheckpoint}), and {@code
 * model.json}, its architecture. In place of the weights there may be {@code model.pth}, as PyTorch saves a state dict.
 *
 * @param folder need not exist before it is written to
 */
public record ModelDirectory(Path folder) {
    private static final long MAX_CONFIG_BYTES = 10_000_000;
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Where weights are written to. */
    public Path safetensors() {
        return folder.resolve("model.safetensors");
    }

    /** Where the weights lie: {@code model.safetensors}, or {@code model.pth} where there is only that. */
    public Path weights() {
        Path safetensors = safetensors();
        Path pth = folder.resolve("model.pth");
        return !Files.exists(safetensors) && Files.exists(pth) ? pth : safetensors;
    }

    /** Where a scripted detector lies. */
    public Path script() {
        return folder.resolve("model.pt");
    }

    /** Where the architecture lies. */
    public Path configuration() {
        return folder.resolve("model.json");
    }

    /**
     * Reads the architecture.
     *
     * @throws InvalidInputException where the folder is no detector's, or a value in it cannot be
     */
    public DetectorConfig readConfig() {
        requireFolder();
        return DetectorConfigJson.read(JsonFile.readObject(
                configuration(), "the architecture of a detector (dhmq train writes one)", MAX_CONFIG_BYTES));
    }

    /** Writes the architecture, whole or not at all, making the folder where needed. */
    public void writeConfig(DetectorConfig config) {
        ObjectNode json = DetectorConfigJson.write(config);
        NewFile.write(configuration(), out -> {
            out.write(JSON.writeValueAsBytes(json));
            out.write('\n');
        });
    }

    /** Opens the weights, packed ones as the floats they stand for; the caller closes them. */
    public TensorSource openWeights() {
        requireFolder();
        Path file = weights();
        if (file.endsWith("model.pth")) {
            return PthFile.open(file);
        }
        SafetensorsFile safetensors = SafetensorsFile.open(file);
        try {
            return PackedCheckpoint.is(safetensors) ? PackedCheckpoint.of(file, safetensors) : safetensors;
        } catch (RuntimeException | Error e) {
            safetensors.close();
            throw e;
        }
    }

    /** SHA-256 of the weights' file in hexadecimal, by which plans know the model they were made for. */
    public String sha256() {
        requireFolder();
        boolean scripted = Files.exists(script()) && readConfig().detector().equals(DetectorConfig.TORCHSCRIPT);
        return Sha256.of(scripted ? script() : weights());
    }

    private void requireFolder() {
        if (!Files.isDirectory(folder)) {
            throw new InvalidInputException(folder
                    + (Files.exists(folder) ? " is no folder" : " does not exist")
                    + "; name a folder that dhmq train has written.");
        }
    }
}
