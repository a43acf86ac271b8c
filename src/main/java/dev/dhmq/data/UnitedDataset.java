package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Several data sets as one, such as a validation and a test split that are judged together.
 *
 * @param truth all annotations; has no folder of pictures of its own
 * @param samples the images, in the same order
 */
public record UnitedDataset(CocoDataset truth, SampleSource samples) {

    /**
     * Data sets one after the other, for this detector. Images keep their ids where no two share one; otherwise they are
     * numbered from 1.
     *
     * @throws InvalidInputException where the data sets' categories differ
     */
    public static UnitedDataset of(List<CocoDataset> parts, DetectorConfig config) {
        CocoDataset first = parts.getFirst();
        List<SampleSource> samples =
                parts.stream().map(part -> part.samples(config)).toList();
        if (parts.size() == 1) {
            return new UnitedDataset(first, samples.getFirst());
        }
        boolean distinct = haveDistinctIds(parts);
        List<CocoDataset.Image> images = new ArrayList<>();
        List<CocoDataset.Annotation> annotations = new ArrayList<>();
        for (CocoDataset part : parts) {
            if (!part.categories().equals(first.categories())) {
                throw new InvalidInputException(part.source() + " has other categories than " + first.source()
                        + "; judge data sets of the same categories together.");
            }
            for (int i = 0; i < part.size(); i++) {
                CocoDataset.Image image = part.image(i);
                long id = distinct ? image.id() : images.size() + 1L;
                images.add(new CocoDataset.Image(id, image.fileName(), image.width(), image.height()));
                for (CocoDataset.Annotation object : part.objects(i)) {
                    annotations.add(renumbered(object, annotations.size() + 1L, id));
                }
            }
        }
        String source = parts.stream().map(CocoDataset::source).collect(Collectors.joining(" and "));
        return new UnitedDataset(
                CocoDataset.of(source, null, first.categories(), images, annotations), new InOrder(samples));
    }

    private static boolean haveDistinctIds(List<CocoDataset> parts) {
        Set<Long> ids = new HashSet<>();
        for (CocoDataset part : parts) {
            for (int i = 0; i < part.size(); i++) {
                if (!ids.add(part.image(i).id())) {
                    return false;
                }
            }
        }
        return true;
    }

    private static CocoDataset.Annotation renumbered(CocoDataset.Annotation object, long id, long imageId) {
        return new CocoDataset.Annotation(
                id,
                imageId,
                object.categoryId(),
                object.x(),
                object.y(),
                object.width(),
                object.height(),
                object.area(),
                object.kind());
    }

    /** Sources one after the other. */
    private record InOrder(List<SampleSource> parts) implements SampleSource {
        @Override
        public int size() {
            return parts.stream().mapToInt(SampleSource::size).sum();
        }

        @Override
        public Sample sample(int index) {
            int within = index;
            for (SampleSource part : parts) {
                if (within < part.size()) {
                    return part.sample(within);
                }
                within -= part.size();
            }
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        public List<DetectorConfig.Category> classes() {
            return parts.getFirst().classes();
        }
    }
}
