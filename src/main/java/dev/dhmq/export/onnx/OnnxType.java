package dev.dhmq.export.onnx;

/** Element types of tensors, with ONNX's numbers for them. */
enum OnnxType {
    FLOAT(1),
    UINT8(2),
    INT8(3),
    INT32(6),
    INT64(7),
    DOUBLE(11),
    UINT4(21),
    INT4(22);

    private final int code;

    OnnxType(int code) {
        this.code = code;
    }

    /** {@code TensorProto.DataType}. */
    int code() {
        return code;
    }
}
