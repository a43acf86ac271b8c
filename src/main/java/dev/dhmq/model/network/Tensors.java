package dev.dhmq.model.network;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Values between the JVM and LibTorch. */
public final class Tensors {
    private Tensors() {}

    /** A new tensor of these values, converted to the type. */
    public static Tensor of(float[] values, torch.ScalarType type, long... shape) {
        return Tensor.create(values, shape).to(type);
    }

    /** A new tensor of these values, converted to the type. */
    public static Tensor of(double[] values, torch.ScalarType type, long... shape) {
        return Tensor.create(values, shape).to(type);
    }

    /** A new int64 tensor of these indices. */
    public static Tensor indices(long... values) {
        return Tensor.create(values, values.length);
    }

    /** The tensor's values as float32, row by row. */
    public static float[] floats(Tensor tensor) {
        Tensor plain = tensor.detach().to(torch.ScalarType.Float).contiguous();
        return memory(plain).toArray(ValueLayout.JAVA_FLOAT);
    }

    /** The tensor's values as float64, row by row. */
    public static double[] doubles(Tensor tensor) {
        Tensor plain = tensor.detach().to(torch.ScalarType.Double).contiguous();
        return memory(plain).toArray(ValueLayout.JAVA_DOUBLE);
    }

    /** The values of an int64 tensor, row by row. */
    public static long[] longs(Tensor tensor) {
        return memory(tensor.contiguous()).toArray(ValueLayout.JAVA_LONG);
    }

    /** The tensor's shape. */
    public static long[] shape(Tensor tensor) {
        // A scalar's empty shape comes back as null from LibTorch.
        return tensor.dim() == 0 ? new long[0] : tensor.sizes().vec().get();
    }

    /** The memory of a contiguous tensor on the CPU, in place; valid while the tensor is. */
    public static MemorySegment memory(Tensor tensor) {
        if (!tensor.is_contiguous()) {
            throw new IllegalArgumentException("Only a contiguous tensor's memory can be used in place.");
        }
        if (tensor.numel() == 0) {
            return MemorySegment.NULL;
        }
        return MemorySegment.ofAddress(tensor.data_ptr().address()).reinterpret(tensor.nbytes());
    }
}
