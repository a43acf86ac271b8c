package dev.dhmq.files;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dhmq.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * One JSON object of a user's file, whose fields are asked for by name and kind.
 *
 * <p>A field that is missing or of another kind is an {@link InvalidInputException} that says where it stands.
 */
public final class JsonObject {
    private final String where;
    private final JsonNode node;

    private JsonObject(String where, JsonNode node) {
        this.where = where;
        this.node = node;
    }

    /**
     * Looks at a node as an object.
     *
     * @param where file and place, with which messages begin
     */
    public static JsonObject of(String where, JsonNode node) {
        if (!node.isObject()) {
            throw new InvalidInputException(where + " must be a JSON object, but is " + shorten(node) + ".");
        }
        return new JsonObject(where, node);
    }

    /** The same object, with a place that says more. */
    public JsonObject at(String place) {
        return new JsonObject(place, node);
    }

    /** File and place, with which messages begin. */
    public String where() {
        return where;
    }

    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** A whole number that fits 64 bits. */
    public long integer(String key) {
        return integer(key, field(key));
    }

    /** A whole number in [least, most]. */
    public int integer(String key, int least, int most) {
        long value = integer(key);
        if (value < least || value > most) {
            throw wrong(key, "must be a whole number from " + least + " to " + most + ", but is " + value);
        }
        return (int) value;
    }

    /** A number, which may be NaN or infinite where the file says so. */
    public double number(String key) {
        return number(key, field(key));
    }

    /** True or false. */
    public boolean bool(String key) {
        JsonNode value = field(key);
        if (!value.isBoolean()) {
            throw wrong(key, "must be true or false, but is " + shorten(value));
        }
        return value.booleanValue();
    }

    /** A string, which may be empty. */
    public String text(String key) {
        return text(key, field(key));
    }

    /** The keys, in the file's order. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>(node.size());
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** An object in this one. */
    public JsonObject object(String key) {
        return of(where + ": \"" + key + "\"", field(key));
    }

    /** An array of numbers. */
    public List<Double> numbers(String key) {
        return elements(key, element -> number(key, element));
    }

    /** An array of numbers of known length. */
    public double[] numbers(String key, int count) {
        JsonNode array = field(key);
        if (!array.isArray() || array.size() != count) {
            throw wrong(key, "must be an array of " + count + " numbers, but is " + shorten(array));
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = number(key, array.get(i));
        }
        return values;
    }

    /** An array of whole numbers. */
    public List<Long> integers(String key) {
        return elements(key, element -> integer(key, element));
    }

    /** An array of objects. */
    public List<JsonObject> objects(String key) {
        List<JsonObject> objects = new ArrayList<>();
        for (JsonNode element : elements(key, Function.identity())) {
            objects.add(of(where + ": \"" + key + "\" number " + (objects.size() + 1), element));
        }
        return objects;
    }

    /** Whatever the field holds, as a person would read it: lists with commas between, objects as their names and values. */
    public String inWords(String key) {
        return words(field(key));
    }

    private static String words(JsonNode node) {
        List<String> parts = new ArrayList<>();
        if (node.isObject()) {
            node.properties().forEach(entry -> parts.add(entry.getKey() + " " + words(entry.getValue())));
            return String.join("; ", parts);
        }
        if (node.isArray()) {
            node.forEach(element -> parts.add(words(element)));
            return String.join(", ", parts);
        }
        return node.asText();
    }

    /** Refuses keys that are not known here: a misspelt setting must not be passed over. */
    public void requireOnly(Set<String> known) {
        node.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                throw new InvalidInputException(where + " has the unknown key \"" + key + "\"; known are "
                        + String.join(", ", known.stream().sorted().toList()) + ".");
            }
        });
    }

    /** A complaint about one field, for rules the caller checks itself. */
    public InvalidInputException wrong(String key, String complaint) {
        return new InvalidInputException(where + ": \"" + key + "\" " + complaint + ".");
    }

    private <T> List<T> elements(String key, Function<JsonNode, T> read) {
        JsonNode array = field(key);
        if (!array.isArray()) {
            throw wrong(key, "must be an array, but is " + shorten(array));
        }
        List<T> values = new ArrayList<>(array.size());
        array.forEach(element -> values.add(read.apply(element)));
        return values;
    }

    private JsonNode field(String key) {
        JsonNode field = node.get(key);
        if (field == null || field.isNull()) {
            throw new InvalidInputException(where + ": the key \"" + key + "\" is missing; add it.");
        }
        return field;
    }

    private long integer(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(key, "must be a whole number, but is " + shorten(value));
        }
        return value.longValue();
    }

    private double number(String key, JsonNode value) {
        if (!value.isNumber()) {
            throw wrong(key, "must be a number, but is " + shorten(value));
        }
        return value.doubleValue();
    }

    private String text(String key, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(key, "must be a string, but is " + shorten(value));
        }
        return value.textValue();
    }

    private static String shorten(JsonNode value) {
        String text = value.isMissingNode() ? "nothing" : value.toString();
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }
}
