package dev.dhmq.cli;

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
     * @throws dev.dhmq.InvalidInputException where the plan cannot be read, or was made for another checkpoint
     */
    static PlanJson.Stored read(Path file, Path folder) {
        return PlanJson.readFor(file, new ModelDirectory(folder));
    }
}
