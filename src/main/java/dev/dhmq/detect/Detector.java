package dev.dhmq.detect;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.ImageFile;
import dev.dhmq.data.RgbImage;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import java.awt.image.BufferedImage;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Finds objects in pictures: opened once, asked by as many threads as there are, closed at the end.
 *
 * {@snippet file="dev/dhmq/examples/TenLines.java" region="detect"}
 *
 * <p>Safe for use by several threads at once. Pictures are decoded and resized on the calling threads; the network computes
 * one call after the other. The same picture gives the same objects, bit for bit, whatever else is asked at the same time.
 * Boxes count pixels of the picture as people see it: a photograph whose EXIF orientation says that it is stored turned is
 * turned upright first.
 *
 * <p>All methods but {@link #close()} throw {@link IllegalStateException} once it is closed, and {@link EngineException} where
 * the runtime below fails. A thread that is interrupted while it waits gets a {@link
 * java.util.concurrent.CancellationException}.
 */
public final class Detector implements AutoCloseable {
    /** Pictures that go through the network together: more take memory and save no time on a processor. */
    private static final int BATCH = 4;

    private static final Logger LOG = System.getLogger(Detector.class.getName());

    private final DetectionEngine engine;
    private final DetectorSettings settings;
    /** Calls hold the read lock, closing takes the write lock: it waits for calls that have begun. */
    private final ReadWriteLock use = new ReentrantReadWriteLock(true);

    private boolean closed;

    private Detector(DetectionEngine engine, DetectorSettings settings) {
        this.engine = engine;
        this.settings = settings;
        LOG.log(Logger.Level.DEBUG, "Opened {0}.", engine.description());
    }

    /**
     * Opens the detector of a folder as it is, with float weights, fine-tuned or packed ones, or of an {@code .onnx} file.
     *
     * @throws dev.dhmq.InvalidInputException where the folder is no detector's, or a file is broken
     */
    public static Detector open(Path model) {
        return open(model, DetectorSettings.DEFAULT);
    }

    /**
     * Opens the detector of a folder, on {@linkplain LibTorchEngine LibTorch}, or of an {@code .onnx} file that {@code dhmq
     * export} has written, on {@linkplain OnnxRuntimeEngine ONNX Runtime}. A file has its quantization in it and takes no plan.
     *
     * @throws dev.dhmq.InvalidInputException where the folder, the file or the plan cannot be used, or do not belong together
     */
    public static Detector open(Path model, DetectorSettings settings) {
        return on(engine(model, settings), settings);
    }

    private static DetectionEngine engine(Path model, DetectorSettings settings) {
        if (!OnnxRuntimeEngine.takes(model)) {
            return LibTorchEngine.open(model, settings.plan(), settings.threads());
        }
        if (settings.plan().isPresent()) {
            throw new InvalidInputException(model + " was quantized, or not, when it was exported, and takes no plan;"
                    + " open the folder that it was exported from, or export it by the plan.");
        }
        return OnnxRuntimeEngine.open(model, settings.threads());
    }

    /**
     * A detector on another runtime.
     *
     * @param engine closed with the detector
     * @param settings plan and threads are the engine's own matter
     */
    public static Detector on(DetectionEngine engine, DetectorSettings settings) {
        return new Detector(engine, settings);
    }

    /** The classes that objects may have. */
    public List<DetectorConfig.Category> classes() {
        return engine.config().classes();
    }

    /**
     * The objects in a JPEG or PNG file, most confident first.
     *
     * @throws dev.dhmq.InvalidInputException where the file is missing, no such picture, damaged, in CMYK, or too large
     */
    public List<DetectedObject> detect(Path picture) {
        return whileOpen(() -> detectIn(ImageFile.readUpright(picture, settings.maximumPixels())));
    }

    /**
     * The objects in a JPEG or PNG picture in memory, such as the body of a request, most confident first.
     *
     * @throws dev.dhmq.InvalidInputException where it is no such picture, damaged, in CMYK, or too large
     */
    public List<DetectedObject> detect(byte[] picture) {
        return whileOpen(() -> detectIn(ImageFile.readUpright(picture, "The picture", settings.maximumPixels())));
    }

    /**
     * The objects in a decoded picture, most confident first.
     *
     * @throws dev.dhmq.InvalidInputException where it is neither in RGB nor grey
     */
    public List<DetectedObject> detect(BufferedImage picture) {
        return whileOpen(() -> detectIn(RgbImage.of(picture)));
    }

    /** The objects in a picture, most confident first. */
    public List<DetectedObject> detect(RgbImage picture) {
        return whileOpen(() -> detectIn(picture));
    }

    /**
     * The objects in each of several pictures, which go through the network together. Scores and boxes may differ from those of
     * single pictures in their last digits; where a network's input size follows its pictures' (shorter-side), in more, since
     * they are padded to a common size.
     */
    public List<List<DetectedObject>> detectAll(List<RgbImage> pictures) {
        return whileOpen(() -> {
            List<List<DetectedObject>> found = new ArrayList<>();
            for (int from = 0; from < pictures.size(); from += BATCH) {
                found.addAll(detectTogether(pictures.subList(from, Math.min(from + BATCH, pictures.size()))));
            }
            return found;
        });
    }

    /** Runs a grey picture through the network, so that the first real one does not wait for memory and code to be made ready. */
    public void warmUp() {
        DetectorConfig config = engine.config();
        int width = config.width() > 0 ? config.width() : 640;
        int height = config.height() > 0 ? config.height() : 480;
        float[] grey = new float[3 * width * height];
        Arrays.fill(grey, 0.5f);
        detect(new RgbImage(grey, width, height));
    }

    private List<DetectedObject> detectIn(RgbImage picture) {
        return detectTogether(List.of(picture)).getFirst();
    }

    private List<List<DetectedObject>> detectTogether(List<RgbImage> pictures) {
        List<Sample> batch = pictures.stream()
                .map(picture -> picture.sample("picture", engine.config()))
                .toList();
        List<List<Detection>> detections = engine.detect(batch);
        List<List<DetectedObject>> found = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            float horizontal = (float) pictures.get(i).width() / batch.get(i).width();
            float vertical = (float) pictures.get(i).height() / batch.get(i).height();
            found.add(detections.get(i).stream()
                    .filter(detection -> detection.score() >= settings.minimumScore())
                    .map(detection -> object(detection.scaled(horizontal, vertical)))
                    .toList());
        }
        return found;
    }

    private DetectedObject object(Detection box) {
        DetectorConfig.Category category = engine.config().classes().get(box.label());
        return new DetectedObject(category.name(), category.id(), box.score(), box.x1(), box.y1(), box.x2(), box.y2());
    }

    private <T> T whileOpen(Supplier<T> work) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The detector is closed; open another one.");
            }
            return work.get();
        } finally {
            use.readLock().unlock();
        }
    }

    /** Waits for calls that have begun, then frees everything. Closing twice is harmless. */
    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                engine.close();
                LOG.log(Logger.Level.DEBUG, "Closed {0}.", engine.description());
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
