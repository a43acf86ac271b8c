package dev.dhmq.files;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Reads JSON files whose shape is known, element by element, so that memory holds one element and not the file.
 *
 * <p>Everything that can be wrong with the file is one {@link InvalidInputException} that names it. Exceptions of
 * handlers pass through as they are.
 */
public final class JsonFile {
    /** Numbers that are no numbers are let in here, so that the complaint can name the element they stand in. */
    private static final ObjectMapper LENIENT_NUMBERS = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonFile() {}

    /** Takes one element of an array; {@code index} counts from 0. */
    @FunctionalInterface
    public interface ElementHandler {
        void accept(int index, JsonNode element);
    }

    /**
     * Reads a file that is one array.
     *
     * @param what what the file should be, such as {@code a COCO results file}, for messages
     */
    public static void readArray(Path file, String what, ElementHandler handler) {
        parse(file, what, parser -> {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new InvalidInputException(file + " is not " + what
                        + ": it must be one JSON array, but starts with " + describe(parser.currentToken()) + ".");
            }
            readElements(parser, handler);
        });
    }

    /**
     * Reads the named arrays of a file that is one object, in the order they stand in; other keys are passed over.
     *
     * @param arrays a handler for each array's key; all of them must be there
     */
    public static void readArrays(Path file, String what, Map<String, ElementHandler> arrays) {
        parse(file, what, parser -> {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new InvalidInputException(file + " is not " + what
                        + ": it must be one JSON object, but starts with " + describe(parser.currentToken()) + ".");
            }
            Set<String> seen = new HashSet<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                ElementHandler handler = arrays.get(key);
                if (handler == null) {
                    parser.skipChildren();
                    continue;
                }
                if (!seen.add(key)) {
                    throw new InvalidInputException(file + " has the key \"" + key + "\" twice; keep one of them.");
                }
                if (parser.currentToken() != JsonToken.START_ARRAY) {
                    throw new InvalidInputException(file + " is not " + what + ": \"" + key
                            + "\" must be an array, but is " + describe(parser.currentToken()) + ".");
                }
                readElements(parser, handler);
            }
            for (String key : arrays.keySet()) {
                if (!seen.contains(key)) {
                    throw new InvalidInputException(file + " is not " + what + ": the key \"" + key
                            + "\" is missing; check that it is the right file.");
                }
            }
        });
    }

    /** Reads a small file that is one object with no key twice. */
    public static JsonObject readObject(Path file, String what, long maxBytes) {
        long size = size(file, what);
        if (size > maxBytes) {
            throw new InvalidInputException(file + " is not " + what + ": it has " + size + " bytes, more than the "
                    + maxBytes + " such a file can need.");
        }
        try {
            return parseObject(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Reads one object with no key twice from memory.
     *
     * @param where what holds these bytes, with which messages begin
     */
    public static JsonObject parseObject(String where, byte[] json) {
        return translate(where, () -> {
            try (JsonParser parser = STRICT.createParser(json)) {
                JsonNode tree = STRICT.readTree(parser);
                requireEnd(where, parser);
                // An absent tree is what Jackson makes of blanks.
                return JsonObject.of(where, tree == null ? MissingNode.getInstance() : tree);
            }
        });
    }

    private interface Reading {
        void read(JsonParser parser) throws IOException;
    }

    private interface Action<T> {
        T run() throws IOException;
    }

    private static void parse(Path file, String what, Reading reading) {
        size(file, what);
        translate(file.toString(), () -> {
            try (JsonParser parser = LENIENT_NUMBERS.createParser(file.toFile())) {
                reading.read(parser);
                requireEnd(file.toString(), parser);
            }
            return Boolean.TRUE;
        });
    }

    private static void requireEnd(String where, JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw new InvalidInputException(where + " goes on after its JSON ends (" + place(parser.currentLocation())
                    + "); delete what follows.");
        }
    }

    private static void readElements(JsonParser parser, ElementHandler handler) throws IOException {
        int index = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            handler.accept(index++, LENIENT_NUMBERS.readTree(parser));
        }
    }

    private static long size(Path file, String what) {
        if (Files.isDirectory(file)) {
            throw new InvalidInputException(file + " is a folder; name the file that is " + what + ".");
        }
        if (!Files.exists(file)) {
            throw new InvalidInputException(file + " does not exist; name " + what + ".");
        }
        try {
            long size = Files.size(file);
            if (size == 0) {
                throw new InvalidInputException(file + " is empty; name " + what + ".");
            }
            return size;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static <T> T translate(String where, Action<T> action) {
        try {
            return action.run();
        } catch (JsonEOFException e) {
            throw new InvalidInputException(
                    where + " ends in the middle of its JSON (" + place(e.getLocation())
                            + "); it was cut off, so copy or export it again.",
                    e);
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(
                    where + " is not valid JSON (" + place(e.getLocation()) + ": " + firstLine(e.getOriginalMessage())
                            + "); correct it or export it again.",
                    e);
        } catch (IOException e) {
            throw unreadable(where, e);
        }
    }

    private static InvalidInputException unreadable(Object file, IOException e) {
        return new InvalidInputException(
                file + " cannot be read (" + NewFile.reason(e) + "); check the file and its permissions.", e);
    }

    private static String place(JsonLocation location) {
        return location == null
                ? "at an unknown place"
                : "line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static String firstLine(String message) {
        String line = message.lines().findFirst().orElse("");
        return line.length() > 160 ? line.substring(0, 160) + "..." : line;
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_NULL -> "null";
            case null -> "nothing";
            default -> token.asString();
        };
    }
}
