package dev.dhmq.export.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A graph that grows node by node, in an order in which every value is made before it is used. */
final class OnnxGraph {
    private final Map<String, OnnxTensor> constants = new LinkedHashMap<>();
    private final List<OnnxNode> nodes = new ArrayList<>();
    private final List<OnnxValue> inputs = new ArrayList<>();
    private final List<OnnxValue> outputs = new ArrayList<>();
    private final Map<String, Integer> uses = new HashMap<>();

    /** Adds a value that the caller of the model brings. */
    String input(OnnxValue value) {
        inputs.add(value);
        return unique(value.name());
    }

    /** Makes this value one that the model answers, under the name in {@code as}. */
    void output(String value, OnnxValue as) {
        nodes.add(
                new OnnxNode(unique("answer/" + as.name()), "Identity", List.of(value), List.of(as.name()), List.of()));
        outputs.add(as);
    }

    /** Adds a constant; the name is made unique. */
    String constant(String name, OnnxTensor tensor) {
        String free = unique(name);
        constants.put(free, tensor);
        return free;
    }

    /** Adds an operation with one output. */
    String node(String operator, List<String> inputs, OnnxAttribute... attributes) {
        return node(operator, operator, inputs, attributes);
    }

    /** Adds an operation with one output and a name of its own, which is made unique. */
    String node(String name, String operator, List<String> inputs, OnnxAttribute... attributes) {
        return node(name, operator, inputs, 1, attributes).getFirst();
    }

    /** Adds an operation with several outputs. */
    List<String> node(String name, String operator, List<String> inputs, int outputs, OnnxAttribute... attributes) {
        String free = unique(name);
        List<String> made = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            made.add(free + ":" + i);
        }
        nodes.add(new OnnxNode(free, operator, inputs, made, List.of(attributes)));
        return made;
    }

    private String unique(String name) {
        int count = uses.merge(name, 1, Integer::sum);
        return count == 1 ? name : name + "#" + count;
    }

    /** The constants by name. */
    Map<String, OnnxTensor> constants() {
        return constants;
    }

    /** The operations in order. */
    List<OnnxNode> nodes() {
        return nodes;
    }

    /** As {@code GraphProto}. */
    ProtoMessage message(String name) {
        ProtoMessage message = new ProtoMessage();
        nodes.forEach(node -> message.message(1, node.message()));
        message.text(2, name);
        constants.forEach((key, tensor) -> message.message(5, tensor.message(key)));
        inputs.forEach(value -> message.message(11, value.message()));
        outputs.forEach(value -> message.message(12, value.message()));
        return message;
    }
}
