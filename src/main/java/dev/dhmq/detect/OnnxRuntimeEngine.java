package dev.dhmq.detect;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.onnx.OnnxMetadata;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A file of {@code dhmq export}'s on ONNX Runtime, all on one thread: pictures are computed one after the other, each by the
 * runtime's threads, which are this engine's alone.
 *
 * <p>ONNX Runtime is no dependency of this library's: a program that opens such files adds {@code
 * com.microsoft.onnxruntime:onnxruntime}.
 */
public final class OnnxRuntimeEngine implements DetectionEngine {
    private final Path file;
    private final EngineThread thread;
    private final OnnxSession session;
    private final DetectorConfig config;
    private final Optional<Resize.Size> size;
    private final String description;

    private OnnxRuntimeEngine(
            Path file,
            EngineThread thread,
            OnnxSession session,
            DetectorConfig config,
            Optional<Resize.Size> size,
            String description) {
        this.file = file;
        this.thread = thread;
        this.session = session;
        this.config = config;
        this.size = size;
        this.description = description;
    }

    /** Whether a path names an exported file, there or not: it ends in {@code .onnx} and is no folder. */
    public static boolean takes(Path path) {
        return path.toString().toLowerCase(Locale.ROOT).endsWith(".onnx")
                && !path.toFile().isDirectory();
    }

    /**
     * Loads an exported file. The caller closes the engine.
     *
     * @param threads that a picture may use
     * @throws InvalidInputException where the file cannot be used, or ONNX Runtime is not there
     */
    public static OnnxRuntimeEngine open(Path file, int threads) {
        OnnxMetadata metadata = OnnxMetadata.read(file);
        requireRuntime(file);
        return EngineThread.load(thread -> load(thread, file, metadata, threads), engine -> engine.session.close());
    }

    private static void requireRuntime(Path file) {
        try {
            Class.forName("ai.onnxruntime.OrtSession", false, OnnxRuntimeEngine.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new InvalidInputException(
                    file + " needs ONNX Runtime, which is not there; add com.microsoft.onnxruntime:onnxruntime, 1.24 or"
                            + " newer, to the program's dependencies, or open the folder that it was exported from.",
                    e);
        }
    }

    private static OnnxRuntimeEngine load(EngineThread thread, Path file, OnnxMetadata metadata, int threads)
            throws Exception {
        OnnxSession session = OnnxSession.open(file, threads, !metadata.quantizedActivations());
        try {
            Optional<Resize.Size> size = session.size();
            // A file for any size brings pictures to the network's size itself.
            DetectorConfig config =
                    size.isPresent() ? metadata.config() : metadata.config().withResize(Resize.NONE);
            String description = config.detector() + " of " + file + ", " + session.runtime() + " with " + threads
                    + (threads == 1 ? " thread" : " threads");
            return new OnnxRuntimeEngine(file, thread, session, config, size, description);
        } catch (Exception | Error e) {
            session.close();
            throw e;
        }
    }

    /** The detector's classes and input; {@link Resize#NONE} for a file that resizes by itself. */
    @Override
    public DetectorConfig config() {
        return config;
    }

    @Override
    public String description() {
        return description;
    }

    /**
     * Objects in pictures, one after the other: files take one at a time.
     *
     * @throws InvalidInputException where a picture does not come to the one size that the file was exported for
     */
    @Override
    public List<List<Detection>> detect(List<Sample> batch) {
        batch.forEach(this::requireFit);
        return thread.run(() -> {
            List<List<Detection>> found = new ArrayList<>();
            for (Sample sample : batch) {
                found.add(session.detect(sample));
            }
            return found;
        });
    }

    private void requireFit(Sample sample) {
        Resize.Size own = new Resize.Size(sample.width(), sample.height());
        if (size.isPresent() && !size.get().equals(own)) {
            throw new InvalidInputException(file + " takes only pictures that come to "
                    + size.get().width() + "x" + size.get().height() + " at the network's input ("
                    + config.resize().label() + "), and this one comes to " + own.width() + "x" + own.height()
                    + "; export the detector with --any-size.");
        }
    }

    @Override
    public void close() {
        thread.close(session::close);
    }
}
