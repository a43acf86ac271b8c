package dev.dhmq.export.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A constant of a graph.
 *
 * @param dims its shape; none for a scalar
 * @param raw its elements row by row, little-endian; two of four bits share a byte, the first in its lower half
 */
record OnnxTensor(OnnxType type, long[] dims, byte[] raw) {

    static OnnxTensor of(float[] values, long... dims) {
        byte[] raw = new byte[4 * values.length];
        littleEndian(raw).asFloatBuffer().put(values);
        return new OnnxTensor(OnnxType.FLOAT, dims, raw);
    }

    static OnnxTensor of(double[] values, long... dims) {
        byte[] raw = new byte[8 * values.length];
        littleEndian(raw).asDoubleBuffer().put(values);
        return new OnnxTensor(OnnxType.DOUBLE, dims, raw);
    }

    static OnnxTensor of(int[] values, long... dims) {
        byte[] raw = new byte[4 * values.length];
        littleEndian(raw).asIntBuffer().put(values);
        return new OnnxTensor(OnnxType.INT32, dims, raw);
    }

    static OnnxTensor of(long[] values, long... dims) {
        byte[] raw = new byte[8 * values.length];
        littleEndian(raw).asLongBuffer().put(values);
        return new OnnxTensor(OnnxType.INT64, dims, raw);
    }

    /** Bytes, signed or unsigned. */
    static OnnxTensor of(OnnxType type, byte[] values, long... dims) {
        return new OnnxTensor(type, dims, values);
    }

    /** Values from -8 to 7 or from 0 to 15, four bits each. */
    static OnnxTensor ofNibbles(OnnxType type, byte[] values, long... dims) {
        byte[] raw = new byte[(values.length + 1) / 2];
        for (int i = 0; i < values.length; i++) {
            raw[i / 2] |= (byte) ((values[i] & 0xf) << (i % 2 * 4));
        }
        return new OnnxTensor(type, dims, raw);
    }

    private static ByteBuffer littleEndian(byte[] raw) {
        return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** As {@code TensorProto}. */
    ProtoMessage message(String name) {
        ProtoMessage message = new ProtoMessage();
        for (long dim : dims) {
            message.integer(1, dim);
        }
        return message.integer(2, type.code()).text(8, name).bytes(9, raw);
    }
}
