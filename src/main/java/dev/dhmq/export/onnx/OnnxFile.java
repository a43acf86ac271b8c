package dev.dhmq.export.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.NewFile;
import java.nio.file.Path;
import java.util.Map;

/** Writes a graph as an {@code .onnx} file. The same graph gives the same bytes. */
final class OnnxFile {
    /** The first operator set with integers of four bits. */
    static final int OPERATOR_SET = 21;

    /** The version of the file format that came with it. */
    private static final int FORMAT_VERSION = 10;

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
                    .text(2, "dhmq")
                    .message(7, graph.message(name))
                    .message(8, new ProtoMessage().text(1, "").integer(2, OPERATOR_SET));
            metadata.forEach((key, value) ->
                    model.message(14, new ProtoMessage().text(1, key).text(2, value)));
            return model;
        } catch (ArithmeticException e) {
            throw new InvalidInputException(
                    file + " would be larger than the 2 GB an ONNX file can have; export with a plan of fewer bits.",
                    e);
        }
    }
}
