package dev.dhmq.export.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.NewFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a graph as an {@code .onnx} file, and reads what such a file says about itself. The same graph gives the same bytes. */
final class OnnxFile {
    /** The first operator set with integers of four bits. */
    static final int OPERATOR_SET = 21;

    /** The version of the file format that came with it. */
    private static final int FORMAT_VERSION = 10;

    private static final String PRODUCER = "dhmq";

    /** Numbers of fields in {@code ModelProto}. */
    private static final int PRODUCER_NAME = 2;

    private static final int METADATA = 14;

    private OnnxFile() {}

    /**
     * Writes the file, whole or not at all.
     *
     * @param metadata what the file says about itself, in this order
     * @throws InvalidInputException where it cannot be written, or would be larger than the format allows
     */
    static void write(Path file, OnnxGraph graph, String name, Map<String, String> metadata) {
        ProtoMessage model = model(file, graph, name, metadata);
        NewFile.write(file, out -> {
            CodedOutputStream coded = CodedOutputStream.newInstance(out);
            model.writeTo(coded);
            coded.flush();
        });
    }

    private static ProtoMessage model(Path file, OnnxGraph graph, String name, Map<String, String> metadata) {
        try {
            ProtoMessage model = new ProtoMessage()
                    .integer(1, FORMAT_VERSION)
                    .text(PRODUCER_NAME, PRODUCER)
                    .message(7, graph.message(name))
                    .message(8, new ProtoMessage().text(1, "").integer(2, OPERATOR_SET));
            metadata.forEach((key, value) ->
                    model.message(METADATA, new ProtoMessage().text(1, key).text(2, value)));
            return model;
        } catch (ArithmeticException e) {
            throw new InvalidInputException(
                    file + " would be larger than the 2 GB an ONNX file can have; export with a plan of fewer bits.",
                    e);
        }
    }

    /**
     * What a file says about itself, with the graph passed over.
     *
     * @throws InvalidInputException where the file is missing, damaged, or none that {@link #write} has written
     */
    static Map<String, String> metadata(Path file) {
        requireFile(file);
        Map<String, String> metadata = new LinkedHashMap<>();
        String producer = "";
        try (InputStream in = Files.newInputStream(file)) {
            if (Files.size(file) == 0) {
                throw new InvalidInputException(file + " is empty; export the detector again with dhmq export.");
            }
            CodedInputStream coded = CodedInputStream.newInstance(in);
            for (int tag = coded.readTag(); tag != 0; tag = coded.readTag()) {
                switch (tag >>> 3) {
                    case PRODUCER_NAME -> producer = coded.readString();
                    case METADATA -> readEntry(CodedInputStream.newInstance(coded.readByteArray()), metadata);
                    default -> requireSkipped(coded.skipField(tag));
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new InvalidInputException(
                    file + " is no ONNX file, or only a part of one; export the detector again with dhmq export.", e);
        } catch (IOException e) {
            throw new InvalidInputException(
                    file + " cannot be read (" + NewFile.reason(e) + "); check the file and its permissions.", e);
        }
        if (!producer.equals(PRODUCER)) {
            throw foreign(file);
        }
        return metadata;
    }

    private static void requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(file
                    + (Files.exists(file) ? " is no file" : " does not exist")
                    + "; name a file that dhmq export has written.");
        }
    }

    /** One pair of {@code StringStringEntryProto}. */
    private static void readEntry(CodedInputStream entry, Map<String, String> metadata) throws IOException {
        String key = "";
        String value = "";
        for (int tag = entry.readTag(); tag != 0; tag = entry.readTag()) {
            switch (tag >>> 3) {
                case 1 -> key = entry.readString();
                case 2 -> value = entry.readString();
                default -> requireSkipped(entry.skipField(tag));
            }
        }
        metadata.put(key, value);
    }

    private static void requireSkipped(boolean skipped) throws InvalidProtocolBufferException {
        if (!skipped) { // the end of a group that never began
            throw new InvalidProtocolBufferException("A group ends that has not begun.");
        }
    }

    /** The complaint about a file of another program's, or of an earlier version of this one. */
    static InvalidInputException foreign(Path file) {
        return new InvalidInputException(file + " does not say how pictures come to it and what its labels mean;"
                + " only files of this version's dhmq export do, so export the detector again.");
    }
}
