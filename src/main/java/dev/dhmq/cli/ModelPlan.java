package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.checkpoint.ModelDirectory;
import java.nio.file.Path;

/** A plan that is applied to a model. */
final class ModelPlan {
    private ModelPlan() {}

    /**
     * A plan for the model in this folder.
     *
     * @param folder the model's
     * @throws InvalidInputException where the plan cannot be read, or was made for another checkpoint
     */
    static PlanJson.Stored read(Path file, Path folder) {
        PlanJson.Stored plan = PlanJson.read(file);
        if (!plan.modelSha256().equals(new ModelDirectory(folder).sha256())) {
            throw new InvalidInputException(file + " was made for another checkpoint than the one in " + folder
                    + "; search again for this one.");
        }
        return plan;
    }
}
