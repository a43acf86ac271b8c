package dev.dhmq.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.NewFile;
import dev.dhmq.files.Sha256;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

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
    private static final Set<String> KEYS = keys(DetectorConfig.class);

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
        JsonObject json = JsonFile.readObject(
                configuration(), "the architecture of a detector (dhmq train writes one)", MAX_CONFIG_BYTES);
        json.requireOnly(KEYS);
        String detector = json.text("detector");
        if (detector.equals(DetectorConfig.TORCHSCRIPT)) {
            return readScripted(json);
        }
        return DetectorConfigRules.check(
                json.where(),
                new DetectorConfig(
                        detector,
                        json.text("backbone"),
                        whole(json, "baseWidth"),
                        whole(json, "fpnChannels"),
                        json.objects("classes").stream()
                                .map(ModelDirectory::category)
                                .toList(),
                        whole(json, "width"),
                        whole(json, "height"),
                        resize(json),
                        json.integers("anchorSizes").stream()
                                .map(ModelDirectory::saturated)
                                .toList(),
                        List.copyOf(json.numbers("aspectRatios")),
                        List.copyOf(json.numbers("mean")),
                        List.copyOf(json.numbers("std")),
                        norms(json),
                        regions(json)));
    }

    /** Writes the architecture, whole or not at all, making the folder where needed. */
    public void writeConfig(DetectorConfig config) {
        DetectorConfigRules.check("The detector's configuration", config);
        ObjectNode json = JSON.valueToTree(config);
        json.put("resize", config.resize().label());
        if (!config.detector().equals(DetectorConfig.FASTER_RCNN)) {
            json.remove("regions");
        }
        NewFile.write(configuration(), out -> {
            out.write(JSON.writeValueAsBytes(json));
            out.write('\n');
        });
    }

    /** Opens the weights, packed ones as the floats they stand for; the caller closes them. */
    public TensorSource openWeights() {
        requireFolder();
        return openWeights(weights());
    }

    /**
     * Opens a file of weights, wherever it lies: by its name safetensors, packed ones as the floats they stand for, or else what
     * PyTorch has saved. The caller closes it.
     */
    public static TensorSource openWeights(Path file) {
        if (!file.toString().endsWith(".safetensors")) {
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

    private static DetectorConfig readScripted(JsonObject json) {
        json.requireOnly(Set.of("detector", "classes", "width", "height", "resize"));
        Resize resize = json.has("resize") ? resize(json) : Resize.NONE;
        boolean sized = resize != Resize.NONE;
        return DetectorConfigRules.check(
                json.where(),
                DetectorConfig.scripted(
                        json.objects("classes").stream()
                                .map(ModelDirectory::category)
                                .toList(),
                        sized ? whole(json, "width") : 0,
                        sized ? whole(json, "height") : 0,
                        resize));
    }

    /** Absent in the files of earlier versions, which knew no other way. */
    private static Resize resize(JsonObject json) {
        if (!json.has("resize")) {
            return Resize.STRETCH;
        }
        String name = json.text("resize");
        for (Resize resize : Resize.values()) {
            if (resize.label().equals(name)) {
                return resize;
            }
        }
        throw json.wrong("resize", "is \"" + name + "\", but must be none, stretch, letterbox or shorter-side");
    }

    private static DetectorConfig.BatchNorms norms(JsonObject json) {
        if (!json.has("norms")) {
            return DetectorConfig.BatchNorms.TRAINED;
        }
        JsonObject norms = json.object("norms");
        norms.requireOnly(Set.of("frozen", "epsilon"));
        return new DetectorConfig.BatchNorms(norms.bool("frozen"), norms.number("epsilon"));
    }

    private static RegionSettings regions(JsonObject json) {
        if (!json.has("regions")) {
            return RegionSettings.TORCHVISION;
        }
        JsonObject regions = json.object("regions");
        regions.requireOnly(keys(RegionSettings.class));
        return new RegionSettings(
                whole(regions, "candidates"),
                whole(regions, "proposals"),
                whole(regions, "trainingCandidates"),
                whole(regions, "trainingProposals"),
                whole(regions, "anchorSamples"),
                regions.number("anchorPositives"),
                whole(regions, "regionSamples"),
                regions.number("regionPositives"),
                whole(regions, "headWidth"));
    }

    private static Set<String> keys(Class<? extends Record> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(component -> component.getName())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static DetectorConfig.Category category(JsonObject json) {
        json.requireOnly(Set.of("id", "name"));
        return new DetectorConfig.Category(json.integer("id", Integer.MIN_VALUE, Integer.MAX_VALUE), json.text("name"));
    }

    /** Any 32-bit number: whether it makes sense is for the rules to say. */
    private static int whole(JsonObject json, String key) {
        return json.integer(key, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static int saturated(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
