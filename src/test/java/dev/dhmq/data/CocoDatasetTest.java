package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.DetectorConfig.Category;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CocoDatasetTest {
    private static final String CATEGORIES = "\"categories\":[{\"id\":7,\"name\":\"dog\"},{\"id\":3,\"name\":\"cat\"}]";
    private static final String IMAGES =
            "\"images\":[{\"id\":10,\"file_name\":\"a.png\",\"width\":8,\"height\":4},{\"id\":5,\"file_name\":\"sub/b.png\",\"width\":8,\"height\":4}]";

    @TempDir
    Path folder;

    @Test
    void readsImagesAndObjectsInTheFilesOrderAndCategoriesById() throws IOException {
        CocoDataset dataset = read(annotations(
                "{\"id\":1,\"image_id\":5,\"category_id\":7,\"bbox\":[1,0.5,2,3],\"area\":4.25,\"iscrowd\":0,\"segmentation\":[[1,2,3]]}",
                "{\"id\":2,\"image_id\":10,\"category_id\":3,\"bbox\":[0,0,4,4]}",
                "{\"id\":3,\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,8,4],\"area\":9,\"iscrowd\":1}"));

        assertThat(dataset.categories()).containsExactly(new Category(3, "cat"), new Category(7, "dog"));
        assertThat(dataset.size()).isEqualTo(2);
        assertThat(dataset.image(1)).isEqualTo(new CocoDataset.Image(5, "sub/b.png", 8, 4));
        assertThat(dataset.indexOf(5)).isEqualTo(1);
        assertThat(dataset.indexOf(6)).isEqualTo(-1);
        assertThat(dataset.objects(1))
                .containsExactly(
                        new CocoDataset.Annotation(1, 5, 7, 1, 0.5, 2, 3, 4.25, CocoDataset.Kind.OBJECT),
                        new CocoDataset.Annotation(3, 5, 3, 0, 0, 8, 4, 9, CocoDataset.Kind.CROWD));
        assertThat(dataset.objects(0).getFirst().area()).isEqualTo(16);
        assertThat(dataset.annotationCount()).isEqualTo(3);
    }

    private static DetectorConfig input(int width, int height, List<Category> classes) {
        return InputConfig.of(Resize.STRETCH, width, height, classes);
    }

    @Test
    void samplesAreResizedWithTheirBoxesAndWithoutCrowds() throws IOException {
        picture("a.png", 8, 4);
        CocoDataset dataset = read(annotations(
                "{\"id\":1,\"image_id\":10,\"category_id\":7,\"bbox\":[2,1,10,2]}",
                "{\"id\":2,\"image_id\":10,\"category_id\":3,\"bbox\":[0,0,1,1]}",
                "{\"id\":3,\"image_id\":10,\"category_id\":3,\"bbox\":[0,0,8,4],\"iscrowd\":1}"));

        Sample sample = dataset.samples(input(32, 32, dataset.categories())).sample(0);

        assertThat(sample.name()).isEqualTo("a.png");
        assertThat(sample.width()).isEqualTo(32);
        assertThat(sample.height()).isEqualTo(32);
        // 8x4 to 32x32: times 4 and times 8; the first box is cut at the right edge.
        assertThat(sample.truth().boxes()).containsExactly(8, 8, 32, 24, 0, 0, 4, 8);
        assertThat(sample.truth().labels()).containsExactly(1, 0);
    }

    @Test
    void labelsFollowTheGivenClassesById() throws IOException {
        picture("a.png", 8, 4);
        CocoDataset dataset = read(annotations("{\"id\":1,\"image_id\":10,\"category_id\":7,\"bbox\":[2,1,1,2]}"));

        Sample sample = dataset.sample(0, input(8, 4, List.of(new Category(1, "x"), new Category(7, "y"))));
        assertThat(sample.truth().labels()).containsExactly(1);
        assertThatThrownBy(() -> dataset.sample(0, input(8, 4, List.of(new Category(1, "x")))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("annotation 1 is of category 7");
    }

    @Test
    void aPictureOfAnotherSizeThanAnnotatedIsRefused() throws IOException {
        picture("a.png", 9, 4);
        CocoDataset dataset = read(annotations("{\"id\":1,\"image_id\":10,\"category_id\":7,\"bbox\":[2,1,1,2]}"));

        assertThatThrownBy(() -> dataset.sample(0, input(8, 4, dataset.categories())))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("a.png is 9x4 pixels, but")
                .hasMessageContaining("8x4");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    "bbox":[-1,0,2,2]      | annotation 1: "bbox" is [-1.0, 0.0, 2.0, 2.0]
                    "bbox":[1,0,-2,2]      | width and height must be greater than 0
                    "bbox":[1,0,2,0]       | width and height must be greater than 0
                    "bbox":[1,NaN,2,2]     | not finite
                    "bbox":[1,1e999,2,2]   | not finite
                    "bbox":[1,2,3]         | array of 4 numbers
                    "bbox":"none"          | array of 4 numbers
                    "bbox":[1,"2",3,4]     | must be a number, but is "2"
                    "bbox":[100,0,2,2]     | outside its picture of 8x4
                    "x":0                  | annotation 1: the key "bbox" is missing
                    "bbox":[1,1,2,2],"area":-1    | "area" must be a number of at least 0
                    "bbox":[1,1,2,2],"iscrowd":2  | "iscrowd" must be a whole number from 0 to 1
                    """)
    void anAnnotationThatMakesNoSenseIsNamed(String fields, String complaint) {
        assertRefused(
                annotations("{\"id\":1,\"image_id\":10,\"category_id\":7," + fields + "}"),
                "annotations.json",
                complaint);
    }

    @Test
    void referencesToNothingAndRepeatedIdsAreNamed() {
        String good = "{\"id\":1,\"image_id\":10,\"category_id\":7,\"bbox\":[2,1,1,2]}";
        assertRefused(annotations(good.replace(":10", ":11")), "annotation 1 names image 11");
        assertRefused(annotations(good.replace(":7", ":8")), "annotation 1 names category 8");
        assertRefused(annotations(good, good), "annotation 1 is there twice");
        assertRefused(annotations(good).replace("\"id\":5,", "\"id\":10,"), "image 10 is there twice");
        assertRefused(annotations(good).replace("\"id\":3,", "\"id\":7,"), "category 7 is there twice");
        assertRefused(annotations(good).replace("\"id\":1,", ""), "annotation number 1: the key \"id\" is missing");
        assertRefused(annotations(good).replace("\"width\":8", "\"width\":0"), "image 10: \"width\" must be");
    }

    @Test
    void filesThatAreNoAnnotationsAreNamed() throws IOException {
        String good = annotations("{\"id\":1,\"image_id\":10,\"category_id\":7,\"bbox\":[2,1,1,2]}");
        assertRefused("", "annotations.json is empty");
        assertRefused("   ", "starts with nothing");
        assertRefused("hello", "not valid JSON (line 1");
        assertRefused("[1]", "must be one JSON object, but starts with an array");
        assertRefused(good.substring(0, good.length() / 2), "ends in the middle of its JSON");
        assertRefused(good.replace("\"images\"", "\"pictures\""), "the key \"images\" is missing");
        assertRefused(good + good, "goes on after its JSON ends");
        assertRefused("{\"images\":{}}", "\"images\" must be an array, but is an object");
        assertRefused("{\"images\":[1]}", "image number 1 must be a JSON object, but is 1");
        assertRefused("{\"images\":[" + "[".repeat(5000), "not valid JSON");
        assertThatThrownBy(() -> CocoDataset.read(folder.resolve("nowhere.json"), folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("nowhere.json does not exist");
        assertThatThrownBy(() -> CocoDataset.read(folder, folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is a folder");
        Files.writeString(folder.resolve("annotations.json"), good);
        assertThatThrownBy(() -> CocoDataset.read(folder.resolve("annotations.json"), folder.resolve("gone")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("gone does not exist; name the folder");
    }

    @ParameterizedTest
    @CsvSource({"../a.png", "/etc/passwd", "sub/../../a.png", "."})
    void picturesOutsideTheFolderAreRefused(String name) {
        assertRefused(annotations().replace("a.png", name), "leaves the images folder");
    }

    @Test
    void aFileNameNoSystemTakesIsRefused() {
        assertRefused(annotations().replace("a.png", "a\\u0000.png"), "is no file name");
    }

    @Test
    void emptySetsCanBeReadButNotLearntFrom() throws IOException {
        assertThat(read(annotations()).size()).isEqualTo(2);
        assertThatThrownBy(() -> read(annotations()).requireObjects())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has no annotations");
        assertThatThrownBy(() -> read("{\"images\":[],\"annotations\":[]," + CATEGORIES + "}")
                        .requireObjects())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("lists no images");
    }

    @Test
    void readsBloodCellsAndCocoPictures() {
        CocoDataset cells = CocoDataset.read(SharedData.at("bccd/instances_val.json"), SharedData.at("bccd/images"));
        assertThat(cells.requireObjects().size()).isEqualTo(87);
        assertThat(cells.annotationCount()).isEqualTo(1137);
        assertThat(cells.samples(input(256, 192, cells.categories()))
                        .sample(86)
                        .truth()
                        .size())
                .isEqualTo(cells.objects(86).size());

        CocoDataset coco = CocoDataset.read(
                SharedData.at("coco-free/instances_val.json"),
                SharedData.at("coco-free/instances_val.json").resolveSibling("val2017"));
        assertThat(coco.size()).isEqualTo(82);
        assertThat(coco.categories()).hasSize(80);
    }

    private void assertRefused(String json, String... words) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(InvalidInputException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words).hasLineCount(1));
    }

    private CocoDataset read(String json) throws IOException {
        Path file = folder.resolve("annotations.json");
        Files.writeString(file, json);
        return CocoDataset.read(file, folder);
    }

    private static String annotations(String... elements) {
        return "{\"info\":{\"a\":[1]}," + IMAGES + ",\"annotations\":[" + String.join(",", elements) + "]," + CATEGORIES
                + "}";
    }

    private void picture(String name, int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        ImageIO.write(image, "png", folder.resolve(name).toFile());
    }
}
