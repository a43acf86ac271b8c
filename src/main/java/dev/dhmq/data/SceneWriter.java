package dev.dhmq.data;

import dev.dhmq.Progress;
import dev.dhmq.model.Sample;
import java.nio.file.Path;

/** Writes samples as a folder that any program that reads COCO data sets can use. */
public final class SceneWriter {
    private SceneWriter() {}

    /**
     * Writes the pictures as PNG and then their annotations, which are there only when all pictures are.
     *
     * @param folder made where needed; older files of the same names are replaced
     */
    public static void write(Path folder, SampleSource samples, Progress progress) {
        GroundTruthDataset truth = new GroundTruthDataset(samples.classes());
        try (Progress.Task task = progress.start("Writing scenes", samples.size())) {
            for (int i = 0; i < samples.size(); i++) {
                Sample sample = samples.sample(i);
                PngFile.write(images(folder).resolve(sample.name()), sample.pixels(), sample.width(), sample.height());
                truth.add(sample);
                task.advance("");
            }
        }
        CocoWriter.write(annotations(folder), truth.build(folder.toString()));
    }

    /** Where the pictures of such a folder lie. */
    public static Path images(Path folder) {
        return folder.resolve("images");
    }

    /** The COCO annotations file of such a folder. */
    public static Path annotations(Path folder) {
        return folder.resolve("annotations.json");
    }
}
