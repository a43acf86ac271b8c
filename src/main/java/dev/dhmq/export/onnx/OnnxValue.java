package dev.dhmq.export.onnx;

import java.util.List;

/**
 * An input or output of a graph.
 *
 * @param dims its shape: numbers, or names for what the file leaves open
 */
record OnnxValue(String name, OnnxType type, List<String> dims) {
    /** As {@code ValueInfoProto}. */
    ProtoMessage message() {
        ProtoMessage shape = new ProtoMessage();
        for (String dim : dims) {
            boolean number = Character.isDigit(dim.charAt(0));
            shape.message(
                    1, number ? new ProtoMessage().integer(1, Long.parseLong(dim)) : new ProtoMessage().text(2, dim));
        }
        ProtoMessage tensor = new ProtoMessage().integer(1, type.code()).message(2, shape);
        return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
    }
}
