package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.eval.CocoEvaluator;
import dev.dhmq.eval.CocoResult;
import dev.dhmq.model.DetectorConfig.Category;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VocReaderTest {
    @TempDir
    Path folder;

    private Path annotations = Path.of("");
    private Path images = Path.of("");

    @BeforeEach
    void layOut() throws IOException {
        annotations = Files.createDirectories(folder.resolve("Annotations"));
        images = Files.createDirectories(folder.resolve("JPEGImages"));
        Files.createDirectories(folder.resolve("ImageSets/Main"));
        write("b", 20, 10, object("dog", 1, 1, 10, 5, 0), object("cat", 3, 4, 6, 10, 1));
        write("a", 20, 10, object("cat", 11, 2, 20, 10, 0));
    }

    private static String object(String name, int xmin, int ymin, int xmax, int ymax, int difficult) {
        return "<object><name>" + name + "</name><pose>Left</pose><difficult>" + difficult
                + "</difficult><bndbox><xmin>" + xmin + "</xmin><ymin>" + ymin + "</ymin><xmax>" + xmax
                + "</xmax><ymax>" + ymax + "</ymax></bndbox>"
                + "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>"
                + "</part></object>";
    }

    private void write(String name, int width, int height, String... objects) throws IOException {
        Files.writeString(
                annotations.resolve(name + ".xml"),
                "<annotation><filename>" + name + ".png</filename><size><width>" + width + "</width><height>" + height
                        + "</height><depth>3</depth></size>" + String.join("", objects) + "</annotation>");
        PngFile.write(images.resolve(name + ".png"), new float[3 * width * height], width, height);
    }

    @Test
    void aFolderOfAnnotationsIsReadInAlphabeticalOrder() {
        CocoDataset dataset = CocoDataset.read(annotations, images);

        assertThat(dataset.size()).isEqualTo(2);
        assertThat(dataset.image(0).fileName()).isEqualTo("a.png");
        assertThat(dataset.categories()).containsExactly(new Category(1, "cat"), new Category(2, "dog"));
        // Pixels 1 to 10 of VOC's are the stretch from 0 to 10.
        assertThat(dataset.objects(1).getFirst())
                .isEqualTo(new CocoDataset.Annotation(2, 2, 2, 0, 0, 10, 5, 50, CocoDataset.Kind.OBJECT));
        assertThat(dataset.objects(1).get(1).kind()).isEqualTo(CocoDataset.Kind.DIFFICULT);
    }

    @Test
    void anImageSetIsReadInItsOwnOrder() throws IOException {
        Path list = folder.resolve("ImageSets/Main/train.txt");
        Files.writeString(list, "b  1\n\n");

        CocoDataset dataset = CocoDataset.read(list, images);

        assertThat(dataset.size()).isEqualTo(1);
        assertThat(dataset.image(0).fileName()).isEqualTo("b.png");
    }

    @Test
    void classesOfAModelAreFoundByName() {
        List<Category> model = List.of(new Category(7, "dog"), new Category(3, "cat"));

        CocoDataset dataset = CocoDataset.read(annotations, images, model);

        assertThat(dataset.objects(0).getFirst().categoryId()).isEqualTo(3);
        assertThat(dataset.objects(1).getFirst().categoryId()).isEqualTo(7);
        assertThatThrownBy(() -> CocoDataset.read(annotations, images, List.of(new Category(1, "dog"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("class \"cat\"")
                .hasMessageContaining("[dog]");
    }

    @Test
    void difficultObjectsAreNotTrainedOn() {
        CocoDataset dataset = CocoDataset.read(annotations, images);

        Sample sample = dataset.sample(1, InputConfig.of(Resize.STRETCH, 20, 10, dataset.categories()));

        assertThat(sample.truth().labels()).containsExactly(1);
    }

    @Test
    void difficultObjectsAreNeitherMissedNorCountedWhenFound() {
        CocoDataset dataset = CocoDataset.read(annotations, images);
        CocoResult cat = new CocoResult(1, 1, 10, 1, 10, 9, 0.8);
        CocoResult dog = new CocoResult(2, 2, 0, 0, 10, 5, 0.7);
        CocoResult difficult = new CocoResult(2, 1, 2, 3, 4, 7, 0.9);

        assertThat(CocoEvaluator.evaluate(dataset, List.of(cat, dog)).ap()).isCloseTo(1, within(1e-12));
        assertThat(CocoEvaluator.evaluate(dataset, List.of(difficult, cat, dog)).ap())
                .isCloseTo(1, within(1e-12));
        // A second detection of the same difficult object is a mistake; into a crowd it would fall unpunished.
        CocoResult again = new CocoResult(2, 1, 2, 3, 4, 7, 0.95);
        assertThat(CocoEvaluator.evaluate(dataset, List.of(again, difficult, cat, dog))
                        .ap())
                .isLessThan(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    <annotation>                                   | is no well-formed XML
                    ``                                             | is no well-formed XML
                    <html/>                                        | its root is <html>
                    <!DOCTYPE a [<!ENTITY e SYSTEM "/etc/passwd">]><annotation>&e;</annotation> | is no well-formed XML
                    <annotation><filename>x.png</filename></annotation>                         | has 0 <size>
                    <annotation><filename>x.png</filename><size><width>x</width><height>1</height></size></annotation>   | "x" for <width>
                    <annotation><filename>x.png</filename><size><width>1e99</width><height>1</height></size></annotation> | width is 1.0E99
                    <annotation><filename> </filename><size><width>1</width><height>1</height></size></annotation>       | empty <filename>
                    <annotation><filename>../x.png</filename><size><width>1</width><height>1</height></size></annotation> | <filename> leaves the images folder
                    <annotation><filename>x.png</filename><size><width>9</width><height>9</height></size><object><name>a</name><bndbox><xmin>5</xmin><ymin>1</ymin><xmax>2</xmax><ymax>3</ymax></bndbox></object></annotation> | has no area
                    <annotation><filename>x.png</filename><size><width>9</width><height>9</height></size><object><name>a</name><bndbox><xmin>NaN</xmin><ymin>1</ymin><xmax>2</xmax><ymax>3</ymax></bndbox></object></annotation> | no finite number
                    """)
    void badFilesAreRefusedInASentence(String xml, String message) throws IOException {
        Path file = annotations.resolve("a.xml");
        Files.writeString(file, xml);

        assertThatThrownBy(() -> CocoDataset.read(annotations, images))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("a.xml")
                .hasMessageContaining(message);
    }

    @Test
    void missingFilesAndEmptyFoldersAreRefusedInASentence() throws IOException {
        Path list = folder.resolve("ImageSets/Main/val.txt");
        Files.writeString(list, "gone\n");
        assertThatThrownBy(() -> CocoDataset.read(list, images))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("gone.xml cannot be read");
        Files.writeString(list, "../../../etc/passwd\n");
        assertThatThrownBy(() -> CocoDataset.read(list, images))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("leaves the folder");
        assertThatThrownBy(() -> CocoDataset.read(images, images))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("without .xml files");
        assertThatThrownBy(() -> CocoDataset.read(folder.resolve("gone.txt"), images))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("gone.txt cannot be read");
    }
}
