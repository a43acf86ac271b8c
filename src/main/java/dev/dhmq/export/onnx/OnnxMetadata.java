package dev.dhmq.export.onnx;

import dev.dhmq.files.JsonFile;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.checkpoint.DetectorConfigJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an exported file says about itself. Immutable.
 *
 * <p>The keys in the file: {@code detector}; {@code label.N.name} and {@code label.N.category} for every label N; {@code
 * configuration}, the text of a {@code model.json}; {@code activations}, {@code quantized} or {@code float}.
 *
 * @param config how the detector is built, and how pictures come to its network
 * @param quantizedActivations whether inputs of layers are integers, and not the weights alone
 */
public record OnnxMetadata(DetectorConfig config, boolean quantizedActivations) {
    private static final String CONFIGURATION = "configuration";
    private static final String ACTIVATIONS = "activations";
    private static final String QUANTIZED = "quantized";

    /**
     * Reads the metadata of a file that {@link OnnxExport} has written, which needs no runtime.
     *
     * @throws dev.dhmq.InvalidInputException where the file is missing, damaged, or another program's
     */
    public static OnnxMetadata read(Path file) {
        Map<String, String> entries = OnnxFile.metadata(file);
        String configuration = entries.get(CONFIGURATION);
        String activations = entries.get(ACTIVATIONS);
        if (configuration == null || activations == null) {
            throw OnnxFile.foreign(file);
        }
        DetectorConfig config = DetectorConfigJson.read(
                JsonFile.parseObject(file + "'s metadata", configuration.getBytes(StandardCharsets.UTF_8)));
        return new OnnxMetadata(config, activations.equals(QUANTIZED));
    }

    /** As the file holds it, in its order. */
    Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("detector", config.detector());
        List<DetectorConfig.Category> classes = config.classes();
        for (int label = 0; label < classes.size(); label++) {
            entries.put("label." + label + ".name", classes.get(label).name());
            entries.put(
                    "label." + label + ".category",
                    Integer.toString(classes.get(label).id()));
        }
        entries.put(CONFIGURATION, DetectorConfigJson.write(config).toString());
        entries.put(ACTIVATIONS, quantizedActivations ? QUANTIZED : "float");
        return entries;
    }
}
