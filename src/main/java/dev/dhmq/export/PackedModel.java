package dev.dhmq.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.PackedWeights;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A detector's folder whose weights are stored with the few bits that a plan gives them: {@code model.json}, {@code
 * model.safetensors} with packed integers and scales, and the plan for it. It is loaded like any other detector's.
 */
public final class PackedModel {
    /** Where the plan is found among the checkpoint's texts; its trajectory, most of it, is left out. */
    public static final String PLAN_KEY = "plan";

    /** Where the hash of the float checkpoint is found that the plan was made for. */
    public static final String MODEL_KEY = "modelSha256";

    private static final ObjectMapper JSON = new ObjectMapper();

    private PackedModel() {}

    /**
     * What was written.
     *
     * @param layerBytes of all quantizable layers: integers and scales, or floats where the plan leaves a layer alone
     * @param fileBytes of the whole checkpoint, with biases, batch norms and texts
     * @param floatBytes that the whole checkpoint's numbers take in float32
     */
    public record Size(long layerBytes, long fileBytes, long floatBytes) {}

    /**
     * Quantizes and writes a detector.
     *
     * @param model with its float weights, which stay as they are
     * @param plan a plan.json that {@link PlanJson#read} accepts, for this model
     * @param scales learned with the weights, if any
     * @param modelSha256 hash of the model's own checkpoint
     * @param folder made where missing
     * @throws InvalidInputException where the plan is for other layers or quantizes none, or the folder cannot be written
     */
    public static Size write(
            DetectionModel model, Path plan, LearnedScales scales, String modelSha256, Backend backend, Path folder) {
        BitAssignment assignment = PlanJson.read(plan).requireQuantized(plan).assignment();
        PackedWeights packed = FakeQuantization.pack(model, backend, assignment, scales);
        Map<String, String> texts = Map.of(PLAN_KEY, shortened(plan), MODEL_KEY, modelSha256);
        long floatBytes = DetectorCheckpoint.savePacked(folder, model, packed, texts);
        ModelDirectory written = new ModelDirectory(folder);
        PlanCopy.write(plan, folder.resolve("plan.json"), written.sha256());
        return new Size(
                QuantizedSize.bytes(packed.packing().layout(), packed.packing().bits()),
                bytes(written.safetensors()),
                floatBytes);
    }

    private static String shortened(Path plan) {
        try {
            ObjectNode json = (ObjectNode) JSON.readTree(plan.toFile());
            json.remove("trajectory");
            return JSON.writeValueAsString(json);
        } catch (IOException e) {
            throw new InvalidInputException(
                    plan + " cannot be read (" + e.getMessage() + "); name a plan.json of dhmq search.", e);
        }
    }

    private static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new InvalidInputException(
                    file + " was written but cannot be read (" + e.getMessage() + "); check the disk.", e);
        }
    }
}
