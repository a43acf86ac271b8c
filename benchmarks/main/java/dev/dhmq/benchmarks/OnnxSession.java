package dev.dhmq.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.dhmq.model.Detection;
import dev.dhmq.model.Sample;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An exported detector on ONNX Runtime. */
final class OnnxSession implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    /** @param foldsWeights whether integers of weights become floats when the file is loaded, where nothing else is integer */
    OnnxSession(Path file, int threads, boolean foldsWeights) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            // Threads that spin while they wait would take the processor from the session that is measured next.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.disable_quant_qdq", foldsWeights ? "1" : "0");
            session = environment.createSession(file.toString(), options);
        }
    }

    List<Detection> detect(Sample sample) throws OrtException {
        long[] shape = {1, 3, sample.height(), sample.width()};
        try (OnnxTensor image = OnnxTensor.createTensor(environment, FloatBuffer.wrap(sample.pixels()), shape);
                OrtSession.Result result = session.run(Map.of("image", image))) {
            float[][] boxes = (float[][]) result.get("boxes").orElseThrow().getValue();
            float[] scores = (float[]) result.get("scores").orElseThrow().getValue();
            long[] labels = (long[]) result.get("labels").orElseThrow().getValue();
            List<Detection> found = new ArrayList<>();
            for (int i = 0; i < scores.length; i++) {
                float[] box = boxes[i];
                found.add(new Detection(box[0], box[1], box[2], box[3], scores[i], (int) labels[i]));
            }
            return found;
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
