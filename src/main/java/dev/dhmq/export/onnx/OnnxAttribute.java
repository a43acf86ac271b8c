package dev.dhmq.export.onnx;

/** A setting of a node. */
sealed interface OnnxAttribute {
    /** A whole number. */
    record Int(String name, long value) implements OnnxAttribute {}

    /** Whole numbers. */
    record Ints(String name, long... values) implements OnnxAttribute {}

    /** A float. */
    record Real(String name, float value) implements OnnxAttribute {}

    /** A word. */
    record Text(String name, String value) implements OnnxAttribute {}

    static OnnxAttribute of(String name, long value) {
        return new Int(name, value);
    }

    static OnnxAttribute of(String name, long[] values) {
        return new Ints(name, values);
    }

    static OnnxAttribute of(String name, float value) {
        return new Real(name, value);
    }

    static OnnxAttribute of(String name, String value) {
        return new Text(name, value);
    }

    /** As {@code AttributeProto}, whose field 20 says which of the others counts. */
    default ProtoMessage message() {
        return switch (this) {
            case Real(String name, float value) ->
                new ProtoMessage().text(1, name).real(2, value).integer(20, 1);
            case Int(String name, long value) ->
                new ProtoMessage().text(1, name).integer(3, value).integer(20, 2);
            case Text(String name, String value) ->
                new ProtoMessage().text(1, name).text(4, value).integer(20, 3);
            case Ints(String name, long[] values) -> {
                ProtoMessage message = new ProtoMessage().text(1, name);
                for (long value : values) {
                    message.integer(8, value);
                }
                yield message.integer(20, 7);
            }
        };
    }
}
