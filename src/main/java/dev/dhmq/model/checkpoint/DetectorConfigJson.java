package dev.dhmq.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.files.JsonObject;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A detector's configuration as JSON: what {@code model.json} holds, and exported files in their metadata. */
public final class DetectorConfigJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> KEYS = keys(DetectorConfig.class);

    private DetectorConfigJson() {}

    /**
     * The configuration that an object holds.
     *
     * @throws dev.dhmq.InvalidInputException where a value is missing, unknown or cannot be
     */
    public static DetectorConfig read(JsonObject json) {
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
                                .map(DetectorConfigJson::category)
                                .toList(),
                        whole(json, "width"),
                        whole(json, "height"),
                        resize(json),
                        json.integers("anchorSizes").stream()
                                .map(DetectorConfigJson::saturated)
                                .toList(),
                        List.copyOf(json.numbers("aspectRatios")),
                        List.copyOf(json.numbers("mean")),
                        List.copyOf(json.numbers("std")),
                        norms(json),
                        regions(json)));
    }

    /**
     * An object that holds the configuration.
     *
     * @throws dev.dhmq.InvalidInputException where a value cannot be
     */
    public static ObjectNode write(DetectorConfig config) {
        DetectorConfigRules.check("The detector's configuration", config);
        ObjectNode json = JSON.valueToTree(config);
        json.put("resize", config.resize().label());
        if (!config.detector().equals(DetectorConfig.FASTER_RCNN)) {
            json.remove("regions");
        }
        return json;
    }

    private static DetectorConfig readScripted(JsonObject json) {
        json.requireOnly(Set.of("detector", "classes", "width", "height", "resize"));
        Resize resize = json.has("resize") ? resize(json) : Resize.NONE;
        boolean sized = resize != Resize.NONE;
        return DetectorConfigRules.check(
                json.where(),
                DetectorConfig.scripted(
                        json.objects("classes").stream()
                                .map(DetectorConfigJson::category)
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
