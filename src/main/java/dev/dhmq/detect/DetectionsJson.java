package dev.dhmq.detect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;

/** Objects as JSON: an array of {@code class}, {@code categoryId}, {@code score} and {@code box}, which is x1, y1, x2, y2. */
public final class DetectionsJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DetectionsJson() {}

    /** The objects of one picture, in their order, as text. */
    public static String text(List<DetectedObject> objects) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        add(objects, array);
        return array.toString();
    }

    /** The objects of one picture for a larger document. */
    public static void add(List<DetectedObject> objects, ArrayNode to) {
        for (DetectedObject object : objects) {
            to.addObject()
                    .put("class", object.name())
                    .put("categoryId", object.categoryId())
                    .put("score", object.score())
                    .set("box", JSON.valueToTree(new float[] {object.x1(), object.y1(), object.x2(), object.y2()}));
        }
    }
}
