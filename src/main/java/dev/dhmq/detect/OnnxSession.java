package dev.dhmq.detect;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.dhmq.InvalidInputException;
import dev.dhmq.model.Detection;
import dev.dhmq.model.LibTorch;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** An exported file that ONNX Runtime has loaded: the one class that knows the runtime, which need not be there. */
final class OnnxSession implements AutoCloseable {
    /** The processor's cache lines. */
    private static final long ALIGNMENT = 64;

    private static final String IMAGE = "image";

    private final OrtEnvironment environment;
    private final OrtSession session;

    private OnnxSession(OrtEnvironment environment, OrtSession session) {
        this.environment = environment;
        this.session = session;
    }

    /**
     * Loads a file.
     *
     * @param foldsWeights whether integers of weights become floats when the file is loaded, where nothing else is integer;
     *     otherwise they would at every picture
     * @throws InvalidInputException where the runtime cannot load it
     */
    static OnnxSession open(Path file, int threads, boolean foldsWeights) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            // A library is not to write on its own to standard error; what stops it is thrown as well.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(threads);
            // Threads that spin while they wait for the next picture would keep the processor busy with nothing.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.disable_quant_qdq", foldsWeights ? "1" : "0");
            // x86 processors without VNNI otherwise add two products in 16 bits, which weights of eight bits run over.
            options.addConfigEntry("session.x64quantprecision", "1");
            return new OnnxSession(environment, environment.createSession(file.toString(), options));
        } catch (OrtException e) {
            throw new InvalidInputException(
                    "ONNX Runtime " + environment.getVersion() + " cannot load " + file + " (" + LibTorch.reason(e)
                            + "); export the detector again with dhmq export.",
                    e);
        }
    }

    /** Such as {@code ONNX Runtime 1.24.1}. */
    String runtime() {
        return "ONNX Runtime " + environment.getVersion();
    }

    /** The one size of the file's images, or none where it takes any. */
    Optional<Resize.Size> size() throws OrtException {
        TensorInfo image = (TensorInfo)
                Objects.requireNonNull(session.getInputInfo().get(IMAGE)).getInfo();
        long[] shape = image.getShape();
        return shape[2] < 0 || shape[3] < 0
                ? Optional.empty()
                : Optional.of(new Resize.Size(Math.toIntExact(shape[3]), Math.toIntExact(shape[2])));
    }

    /** What is in an image of the file's size, in the order of the file's outputs. */
    List<Detection> detect(Sample sample) throws OrtException {
        // Memory that is free again at once, and not when the garbage collector comes by.
        try (Arena memory = Arena.ofConfined();
                OnnxTensor image = image(sample, memory);
                OrtSession.Result result = session.run(Map.of(IMAGE, image))) {
            FloatBuffer boxes = output(result, "boxes").getFloatBuffer();
            FloatBuffer scores = output(result, "scores").getFloatBuffer();
            LongBuffer labels = output(result, "labels").getLongBuffer();
            List<Detection> found = new ArrayList<>();
            while (scores.hasRemaining()) {
                found.add(new Detection(
                        boxes.get(), boxes.get(), boxes.get(), boxes.get(), scores.get(), (int) labels.get()));
            }
            return found;
        }
    }

    private OnnxTensor image(Sample sample, Arena memory) throws OrtException {
        float[] pixels = sample.pixels();
        MemorySegment copy = memory.allocate((long) pixels.length * Float.BYTES, ALIGNMENT);
        MemorySegment.copy(pixels, 0, copy, ValueLayout.JAVA_FLOAT, 0, pixels.length);
        FloatBuffer buffer = copy.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
        return OnnxTensor.createTensor(environment, buffer, new long[] {1, 3, sample.height(), sample.width()});
    }

    private static OnnxTensor output(OrtSession.Result result, String name) {
        return (OnnxTensor) result.get(name).orElseThrow();
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
