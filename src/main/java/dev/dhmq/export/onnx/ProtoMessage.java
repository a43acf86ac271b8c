package dev.dhmq.export.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of Protocol Buffers, field by field, for formats of which only a few fields are written. Holds the bytes it is
 * given and copies none, so large tensors are in memory once.
 */
final class ProtoMessage {
    private final List<Field> fields = new ArrayList<>();

    /** A field that knows its size, tag included, before it is written. */
    private interface Field {
        int size();

        void writeTo(CodedOutputStream out) throws IOException;
    }

    /** Adds a whole number, as ONNX's int32, int64 and enum fields are. */
    ProtoMessage integer(int number, long value) {
        fields.add(new Field() {
            @Override
            public int size() {
                return CodedOutputStream.computeInt64Size(number, value);
            }

            @Override
            public void writeTo(CodedOutputStream out) throws IOException {
                out.writeInt64(number, value);
            }
        });
        return this;
    }

    /** Adds a float. */
    ProtoMessage real(int number, float value) {
        fields.add(new Field() {
            @Override
            public int size() {
                return CodedOutputStream.computeFloatSize(number, value);
            }

            @Override
            public void writeTo(CodedOutputStream out) throws IOException {
                out.writeFloat(number, value);
            }
        });
        return this;
    }

    /** Adds a text. */
    ProtoMessage text(int number, String value) {
        fields.add(new Field() {
            @Override
            public int size() {
                return CodedOutputStream.computeStringSize(number, value);
            }

            @Override
            public void writeTo(CodedOutputStream out) throws IOException {
                out.writeString(number, value);
            }
        });
        return this;
    }

    /** Adds bytes, which must not change before the message is written. */
    ProtoMessage bytes(int number, byte[] value) {
        fields.add(new Field() {
            @Override
            public int size() {
                return CodedOutputStream.computeByteArraySize(number, value);
            }

            @Override
            public void writeTo(CodedOutputStream out) throws IOException {
                out.writeByteArray(number, value);
            }
        });
        return this;
    }

    /** Adds a message, which must not change before this one is written. */
    ProtoMessage message(int number, ProtoMessage value) {
        // Once: nested messages would otherwise be measured anew on every level.
        int inner = value.size();
        fields.add(new Field() {
            @Override
            public int size() {
                return CodedOutputStream.computeTagSize(number)
                        + CodedOutputStream.computeUInt32SizeNoTag(inner)
                        + inner;
            }

            @Override
            public void writeTo(CodedOutputStream out) throws IOException {
                out.writeTag(number, 2); // the wire type of what has a length
                out.writeUInt32NoTag(inner);
                value.writeTo(out);
            }
        });
        return this;
    }

    /**
     * Bytes of the whole message.
     *
     * @throws ArithmeticException where there are more than 2 GB, which the format does not allow
     */
    int size() {
        int size = 0;
        for (Field field : fields) {
            size = Math.addExact(size, field.size());
        }
        return size;
    }

    /** Writes the fields in the order they were added; the caller flushes. */
    void writeTo(CodedOutputStream out) throws IOException {
        for (Field field : fields) {
            field.writeTo(out);
        }
    }
}
