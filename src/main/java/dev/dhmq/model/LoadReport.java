package dev.dhmq.model;

import dev.dhmq.model.checkpoint.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a detector was filled with.
 *
 * @param file where it came from
 * @param tensors tensors of the model, all of them filled
 * @param elements numbers in them
 * @param types tensors of each element type in the file; all are float32 in the model
 * @param renamed tensors found by the name that torchvision before 0.13 gave them
 * @param passedOver tensors of the file that no model reads: batch norms' counters
 */
public record LoadReport(
        Path file, int tensors, long elements, Map<DType, Long> types, List<String> renamed, List<String> passedOver) {

    /** The report in a sentence. */
    public String sentence() {
        String kinds = types.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "Loaded %d tensors (%s) with %.2f million numbers from %s%s%s.",
                tensors,
                kinds,
                elements / 1e6,
                file,
                renamed.isEmpty() ? "" : ", " + renamed.size() + " of them by older names of torchvision's",
                passedOver.isEmpty() ? "" : "; passed over " + passedOver.size() + " counters of batch norms");
    }
}
