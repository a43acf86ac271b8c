package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.dhmq.bindings.dhmq_cuda.DhmqCuda;
import dev.dhmq.bindings.dhmq_cuda.dhmq_block;
import dev.dhmq.bindings.dhmq_cuda.dhmq_cuda_layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A layout's layers as the CUDA kernels take them: cut into blocks, in tables on the device; made anew when the layout changes. */
final class CudaLayout implements AutoCloseable {
    private final CudaStream stream;
    private final LayerTable hostLayers = new LayerTable();
    private final NativeBuffer structure = new NativeBuffer();
    private final CudaBuffer layers = new CudaBuffer();
    private final CudaBuffer blocks = new CudaBuffer();
    private final CudaBuffer firstBlocks = new CudaBuffer();
    private @Nullable ParameterLayout written;

    CudaLayout(CudaStream stream) {
        this.stream = stream;
    }

    /** The {@code dhmq_cuda_layout} of this layout, valid until the next call. */
    MemorySegment of(ParameterLayout layout) {
        MemorySegment table = structure.reserve(dhmq_cuda_layout.sizeof());
        // Layouts are immutable, so the same object means the same table.
        if (layout != written) {
            written = null;
            write(layout, table);
            written = layout;
        }
        return table;
    }

    private void write(ParameterLayout layout, MemorySegment table) {
        int layerCount = layout.layers().size();
        MemorySegment host = hostLayers.of(layout);
        long blockCount = DhmqCuda.dhmq_cuda_count_blocks(host, layerCount);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cut = arena.allocate(Math.max(1, blockCount) * dhmq_block.sizeof(), 8);
            MemorySegment first = arena.allocate(JAVA_LONG, layerCount + 1L);
            CudaStatus.checkKernel("dhmq_cuda_cut_blocks", DhmqCuda.dhmq_cuda_cut_blocks(host, layerCount, cut, first));
            dhmq_cuda_layout.layers(table, send(host, layers));
            dhmq_cuda_layout.blocks(table, send(cut, blocks));
            dhmq_cuda_layout.first_blocks(table, send(first, firstBlocks));
            dhmq_cuda_layout.layer_count(table, layerCount);
            dhmq_cuda_layout.block_count(table, blockCount);
            stream.await();
        }
    }

    private MemorySegment send(MemorySegment host, CudaBuffer buffer) {
        MemorySegment device = buffer.reserve(host.byteSize());
        stream.copyToDevice(host, device, host.byteSize());
        return device;
    }

    @Override
    public void close() {
        hostLayers.close();
        structure.close();
        layers.close();
        blocks.close();
        firstBlocks.close();
    }
}
