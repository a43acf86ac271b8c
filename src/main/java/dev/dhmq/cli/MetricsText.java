package dev.dhmq.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.eval.CocoMetrics;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** COCO's twelve numbers for programs and for people. */
final class MetricsText {
    private static final Map<String, String> MEANING = Map.ofEntries(
            Map.entry("AP", "average precision, IoU 0.50 to 0.95"),
            Map.entry("AP50", "average precision, IoU 0.50"),
            Map.entry("AP75", "average precision, IoU 0.75"),
            Map.entry("APs", "average precision, small objects"),
            Map.entry("APm", "average precision, medium objects"),
            Map.entry("APl", "average precision, large objects"),
            Map.entry("AR1", "average recall, 1 detection an image"),
            Map.entry("AR10", "average recall, 10 detections an image"),
            Map.entry("AR100", "average recall, 100 detections an image"),
            Map.entry("ARs", "average recall, small objects"),
            Map.entry("ARm", "average recall, medium objects"),
            Map.entry("ARl", "average recall, large objects"));

    private MetricsText() {}

    /** One object with the twelve numbers at full precision. */
    static String json(CocoMetrics metrics) {
        try {
            return new ObjectMapper().writeValueAsString(metrics.toMap());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("twelve numbers did not become JSON", e);
        }
    }

    /** One line a number; a dash where there was nothing to find. */
    static String table(CocoMetrics metrics) {
        return metrics.toMap().entrySet().stream()
                .map(entry -> String.format(
                        "%-6s %6s  %s", entry.getKey(), value(entry.getValue()), MEANING.get(entry.getKey())))
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static String value(double number) {
        // Below zero COCO means that no object of that kind was annotated.
        return number < 0 ? "-" : String.format(Locale.ROOT, "%.4f", number);
    }
}
