package dev.dhmq.report;

import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import dev.dhmq.data.RgbImage;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.LoadReport;
import dev.dhmq.model.Sample;
import dev.dhmq.model.integer.IntegerArithmetic;
import dev.dhmq.tensor.Backend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs a detector over photographs: with its own weights, then by each plan.
 *
 * @param model folder of the detector, whose weights the plans were made for
 * @param backend of the kernels
 * @param least confidence of a detection that is shown, in [0, 1]
 */
public record GalleryRun(Path model, Backend backend, double least) {

    /**
     * Finds objects in every photograph. One photograph at a time is in memory in full.
     *
     * @param loaded told what was read of the model
     * @throws InvalidInputException where a picture, the model or a plan cannot be used
     */
    public Gallery run(
            Photographs photographs, List<PlanDocument> plans, Consumer<LoadReport> loaded, Progress progress) {
        List<Gallery.Picture> pictures = new ArrayList<>();
        List<String> classes = new ArrayList<>();
        long steps = (long) photographs.size() * (1 + plans.size());
        try (Progress.Task task = progress.start("Detecting", steps)) {
            try (DetectionModel floats = DetectorCheckpoint.load(model, loaded)) {
                floats.config().classes().forEach(category -> classes.add(category.name()));
                for (int i = 0; i < photographs.size(); i++) {
                    pictures.add(picture(floats, photographs.get(i)));
                    task.advance("");
                }
            }
            for (PlanDocument plan : plans) {
                quantized(photographs, pictures, plan, task);
            }
        }
        return new Gallery(classes, least, pictures);
    }

    private Gallery.Picture picture(DetectionModel floats, Photograph photograph) {
        RgbImage image = photograph.image();
        return new Gallery.Picture(
                photograph.name(),
                image.width(),
                image.height(),
                Jpeg.of(image),
                photograph.truth().map(truth -> boxes(photograph.name(), truth, floats.config())),
                detect(floats, photograph),
                List.of());
    }

    /** Loads the weights anew: a plan's grid lies around the float ones. */
    private void quantized(
            Photographs photographs, List<Gallery.Picture> pictures, PlanDocument plan, Progress.Task task) {
        try (DetectionModel detector = DetectorCheckpoint.load(model, _ -> {})) {
            LearnedScales learned = LearnedScales.read(model, detector.weights().layout());
            PlanJson.Stored stored = plan.stored();
            try (HookedLayers _ =
                    IntegerArithmetic.apply(detector, backend, stored.assignment(), learned, stored.activations())) {
                for (int i = 0; i < pictures.size(); i++) {
                    pictures.set(i, pictures.get(i).with(detect(detector, photographs.get(i))));
                    task.advance("");
                }
            }
        }
    }

    private List<Gallery.Box> detect(DetectionModel detector, Photograph photograph) {
        RgbImage image = photograph.image();
        Sample sample = image.sample(photograph.name(), detector.config());
        float horizontal = (float) image.width() / sample.width();
        float vertical = (float) image.height() / sample.height();
        return detector.detect(List.of(sample)).getFirst().stream()
                .filter(detection -> detection.score() >= least)
                .map(detection -> box(detection.scaled(horizontal, vertical)))
                .toList();
    }

    private static Gallery.Box box(Detection found) {
        return new Gallery.Box(found.x1(), found.y1(), found.x2(), found.y2(), found.score(), found.label());
    }

    private static List<Gallery.Box> boxes(String picture, List<Photograph.Annotated> truth, DetectorConfig config) {
        return truth.stream()
                .map(object -> new Gallery.Box(
                        object.x1(), object.y1(), object.x2(), object.y2(), 1, label(picture, object, config)))
                .toList();
    }

    private static int label(String picture, Photograph.Annotated object, DetectorConfig config) {
        for (int label = 0; label < config.classes().size(); label++) {
            if (config.classes().get(label).id() == object.categoryId()) {
                return label;
            }
        }
        throw new InvalidInputException(picture + " has an annotation of category " + object.categoryId()
                + ", which is none of the model's classes; use annotations of the classes the model was made for.");
    }
}
