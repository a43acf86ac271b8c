package dev.dhmq.export.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.dhmq.model.Detection;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An exported detector on ONNX Runtime, one thread. */
public final class OnnxDetector implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    public OnnxDetector(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(file.toString(), options);
        }
    }

    /** Detections of one image, [3, height, width], in the order of the file's outputs. */
    public List<Detection> detect(float[] pixels, int height, int width) throws OrtException {
        try (OnnxTensor image = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(pixels), new long[] {1, 3, height, width});
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
