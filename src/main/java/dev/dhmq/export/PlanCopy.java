package dev.dhmq.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.NewFile;
import dev.dhmq.quant.ActivationQuantization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A plan that goes on with the model it was made for, whose weights have been trained on. */
public final class PlanCopy {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private PlanCopy() {}

    /**
     * Writes the same plan for another checkpoint: everything in it but the hash stays, also what this program does not
     * know.
     *
     * @param from a plan that {@link PlanJson#read} accepts
     * @param modelSha256 hash of the checkpoint the copy is for
     */
    public static void write(Path from, Path to, String modelSha256) {
        write(from, to, modelSha256, List.of());
    }

    /**
     * The same with other ranges of activations. What the search has measured with the old ones stays beside them.
     *
     * @param activations those that have changed
     */
    public static void write(Path from, Path to, String modelSha256, List<ActivationQuantization> activations) {
        ObjectNode plan = read(from);
        ActivationsJson.replace(plan, activations);
        plan.put("modelSha256", modelSha256);
        NewFile.write(to, out -> {
            out.write(JSON.writeValueAsBytes(plan));
            out.write('\n');
        });
    }

    private static ObjectNode read(Path file) {
        try {
            JsonNode root = JSON.readTree(file.toFile());
            if (root instanceof ObjectNode plan) {
                return plan;
            }
            throw new InvalidInputException(file + " is no plan any more; name a plan.json of dhmq search.");
        } catch (IOException e) {
            throw new InvalidInputException(
                    file + " cannot be read (" + e.getMessage() + "); name a plan.json of dhmq search.", e);
        }
    }
}
