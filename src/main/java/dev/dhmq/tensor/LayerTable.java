package dev.dhmq.tensor;

import dev.dhmq.bindings.dhmq.dhmq_layer;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A layout's layers as the C structure, written anew only when the layout changes. */
final class LayerTable implements AutoCloseable {
    private final NativeBuffer buffer = new NativeBuffer();
    private @Nullable ParameterLayout written;

    /** The table of this layout's layers, valid until the next call. */
    MemorySegment of(ParameterLayout layout) {
        MemorySegment table =
                buffer.reserve(dhmq_layer.sizeof() * layout.layers().size());
        // Layouts are immutable, so the same object means the same table.
        if (layout != written) {
            write(layout, table);
            written = layout;
        }
        return table;
    }

    private static void write(ParameterLayout layout, MemorySegment table) {
        for (int l = 0; l < layout.layers().size(); l++) {
            Layer layer = layout.layer(l);
            MemorySegment row = dhmq_layer.asSlice(table, l);
            dhmq_layer.offset(row, layer.offset());
            dhmq_layer.channels(row, layer.channels());
            dhmq_layer.channel_size(row, layer.channelSize());
            dhmq_layer.first_channel(row, layer.firstChannel());
        }
    }

    @Override
    public void close() {
        buffer.close();
    }
}
