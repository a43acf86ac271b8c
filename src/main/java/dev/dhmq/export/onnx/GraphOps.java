package dev.dhmq.export.onnx;

import java.util.List;

/**
 * The operations that boxes need, by short names. Values are named by strings; what a method returns is the name of a new
 * value.
 */
record GraphOps(OnnxGraph graph) {

    String real(double value) {
        return graph.constant("real", OnnxTensor.of(new float[] {(float) value}));
    }

    String reals(double[] values, long... dims) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return graph.constant("reals", OnnxTensor.of(floats, dims));
    }

    /** A scalar of float64, for sizes that must not be off by one. */
    String precise(double value) {
        return graph.constant("precise", OnnxTensor.of(new double[] {value}));
    }

    String whole(long value) {
        return graph.constant("whole", OnnxTensor.of(new long[] {value}));
    }

    String wholes(long... values) {
        return graph.constant("wholes", OnnxTensor.of(values, values.length));
    }

    String add(String a, String b) {
        return graph.node("Add", List.of(a, b));
    }

    String subtract(String a, String b) {
        return graph.node("Sub", List.of(a, b));
    }

    String multiply(String a, String b) {
        return graph.node("Mul", List.of(a, b));
    }

    String divide(String a, String b) {
        return graph.node("Div", List.of(a, b));
    }

    String remainder(String a, String b) {
        return graph.node("Mod", List.of(a, b));
    }

    String least(String a, String b) {
        return graph.node("Min", List.of(a, b));
    }

    String greatest(String a, String b) {
        return graph.node("Max", List.of(a, b));
    }

    String exp(String x) {
        return graph.node("Exp", List.of(x));
    }

    String above(String a, String b) {
        return graph.node("Greater", List.of(a, b));
    }

    String atLeast(String a, String b) {
        return graph.node("GreaterOrEqual", List.of(a, b));
    }

    String and(String a, String b) {
        return graph.node("And", List.of(a, b));
    }

    String cast(String x, OnnxType type) {
        return graph.node("Cast", List.of(x), OnnxAttribute.of("to", type.code()));
    }

    String shape(String x) {
        return graph.node("Shape", List.of(x));
    }

    /** One dimension of x, as an int64 tensor [1]. */
    String dimension(String x, int axis) {
        return graph.node(
                "Shape", List.of(x), OnnxAttribute.of("start", axis), OnnxAttribute.of("end", (long) axis + 1));
    }

    String reshape(String x, long... dims) {
        return graph.node("Reshape", List.of(x, wholes(dims)));
    }

    String expand(String x, String dims) {
        return graph.node("Expand", List.of(x, dims));
    }

    String transpose(String x, long... order) {
        return graph.node("Transpose", List.of(x), OnnxAttribute.of("perm", order));
    }

    String unsqueeze(String x, long axis) {
        return graph.node("Unsqueeze", List.of(x, wholes(axis)));
    }

    String concat(int axis, List<String> values) {
        return values.size() == 1 ? values.getFirst() : graph.node("Concat", values, OnnxAttribute.of("axis", axis));
    }

    /** Rows of x by their indices. */
    String rows(String x, String indices) {
        return graph.node("Gather", List.of(x, indices), OnnxAttribute.of("axis", 0));
    }

    /** One column of x; its axis goes. */
    String column(String x, int index) {
        return graph.node("Gather", List.of(x, whole(index)), OnnxAttribute.of("axis", 1));
    }

    /** Columns {@code from} to before {@code to} of x. */
    String columns(String x, int from, int to) {
        return graph.node("Slice", List.of(x, wholes(from), wholes(to), wholes(1)));
    }

    /** Where x, a vector of booleans, is true. */
    String whereTrue(String x) {
        return reshape(graph.node("NonZero", List.of(x)), -1);
    }

    /**
     * The largest of a vector, largest first: their values and where they are.
     *
     * @param limit at most this many
     */
    List<String> best(String x, int limit) {
        String count = least(shape(x), wholes(limit));
        return graph.node("best", "TopK", List.of(x, count), 2, OnnxAttribute.of("axis", 0));
    }
}
