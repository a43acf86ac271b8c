package dev.dhmq.export.onnx;

import java.util.List;

/**
 * One operation of a graph.
 *
 * @param name its own, for people
 * @param operator ONNX's name of what it does
 * @param inputs names of values; an empty name stands for an optional input that is left out
 * @param outputs names of the values it makes
 */
record OnnxNode(
        String name, String operator, List<String> inputs, List<String> outputs, List<OnnxAttribute> attributes) {

    /** As {@code NodeProto}. */
    ProtoMessage message() {
        ProtoMessage message = new ProtoMessage();
        inputs.forEach(input -> message.text(1, input));
        outputs.forEach(output -> message.text(2, output));
        message.text(3, name).text(4, operator);
        attributes.forEach(attribute -> message.message(5, attribute.message()));
        return message;
    }
}
