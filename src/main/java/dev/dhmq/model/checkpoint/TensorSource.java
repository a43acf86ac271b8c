package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import java.util.List;

/** The named tensors of a checkpoint, whatever its format; valid until it is closed. */
public sealed interface TensorSource extends AutoCloseable permits SafetensorsFile, PackedCheckpoint, PthFile {

    /** The tensors' names, in the file's order. */
    List<String> names();

    /** Whether there is a tensor of this name. */
    boolean has(String name);

    /**
     * The tensor of this name.
     *
     * @throws InvalidInputException where there is none, or its data are not what the file says
     */
    TensorEntry tensor(String name);

    /** Closing twice is harmless. */
    @Override
    void close();
}
