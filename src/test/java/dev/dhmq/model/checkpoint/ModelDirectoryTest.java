package dev.dhmq.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelDirectoryTest {
    private static final DetectorConfig CONFIG = new DetectorConfig(
            "retinanet",
            "resnet18",
            64,
            128,
            List.of(new DetectorConfig.Category(1, "red cell"), new DetectorConfig.Category(4, "white cell")),
            256,
            192,
            List.of(32, 64, 128, 256, 512),
            List.of(0.5, 1.0, 2.0));

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsRead() {
        ModelDirectory directory = new ModelDirectory(folder.resolve("new"));
        directory.writeConfig(CONFIG);
        assertThat(directory.readConfig()).isEqualTo(CONFIG);
        assertThat(directory.folder().toFile().list()).containsExactly("model.json");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    "retinanet"     | "yolo"          | the detector is "yolo", but must be one of retinanet, fasterrcnn
                    "resnet18"      | "vgg"           | the backbone is "vgg", but must be one of resnet18, resnet34, resnet50
                    : 64,           | : 0,            | the base width is 0
                    : 128,          | : -1,           | the number of FPN channels is -1
                    : 256,          | : 250,          | the input width is 250, but must be a multiple of 32, such as 256
                    : 192,          | : 0,            | the input height is 0
                    : 192,          | : 99999999999,  | must be a whole number from
                    : 192,          | : "big",        | must be a whole number, but is "big"
                    32, 64,         | 32,             | there are 4 anchor sizes
                    32, 64,         | 0, 64,          | the anchor size is 0
                    0.5, 1.0, 2.0   | -1              | an aspect ratio is -1.0
                    0.485,          | 1, 0.485,       | the mean has 4 values
                    0.229           | 0               | the standard deviation has the value 0.0
                    "id" : 4        | "id" : 1        | two classes have the id 1
                    "red cell"      | " "             | the class with id 1 has no name
                    "fpnChannels"   | "fpnChanels"    | unknown key "fpnChanels"
                    "width" : 256,  | ``              | the key "width" is missing
                    "width" : 256,  | "width":1,"width":256, | Duplicate
                    """)
    void valuesThatCannotBeAreNamed(String from, String to, String complaint) throws IOException {
        ModelDirectory directory = new ModelDirectory(folder);
        directory.writeConfig(CONFIG);
        String json = Files.readString(directory.configuration());
        assertThat(json).contains(from);
        Files.writeString(directory.configuration(), json.replace(from, to));
        assertThatThrownBy(directory::readConfig)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.json")
                .hasMessageContaining(complaint);
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        ModelDirectory directory = new ModelDirectory(folder);
        directory.writeConfig(CONFIG);
        String json = Files.readString(directory.configuration()).strip();
        for (int length = 0; length < json.length(); length++) {
            Files.writeString(directory.configuration(), json.substring(0, length));
            assertThatThrownBy(directory::readConfig)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("model.json");
        }
    }

    @Test
    void foldersWithoutADetectorAreNamed() {
        assertThatThrownBy(() -> new ModelDirectory(folder.resolve("gone")).readConfig())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("gone does not exist; name a folder that dhmq train has written");
        assertThatThrownBy(() -> new ModelDirectory(folder).readConfig())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.json does not exist");
        assertThatThrownBy(() -> new ModelDirectory(folder).openWeights().close())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.safetensors does not exist");
        assertThatThrownBy(() -> new ModelDirectory(folder).sha256())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.safetensors cannot be read");
    }

    @Test
    void theHashIsSha256OfTheWeights() throws IOException {
        ModelDirectory directory = new ModelDirectory(folder);
        Files.writeString(directory.weights(), "abc");
        // The example of FIPS 180-2, appendix B.1.
        assertThat(directory.sha256()).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void torchvisionsDetectorsOnCocoCanBeDescribed() throws IOException {
        Files.writeString(new ModelDirectory(folder).configuration(), """
                {"detector": "retinanet", "backbone": "resnet50", "baseWidth": 64, "fpnChannels": 256,
                 "classes": [{"id": 0, "name": "background"}, {"id": 1, "name": "person"}],
                 "width": 1333, "height": 800, "resize": "shorter-side",
                 "anchorSizes": [32, 64, 128, 256, 512], "aspectRatios": [0.5, 1.0, 2.0],
                 "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "norms": {"frozen": true, "epsilon": 0}}
                """);

        DetectorConfig config = new ModelDirectory(folder).readConfig();

        assertThat(config.resize()).isEqualTo(Resize.SHORTER_SIDE);
        assertThat(config.norms()).isEqualTo(new DetectorConfig.BatchNorms(true, 0));
        assertThat(config.regions()).isEqualTo(RegionSettings.TORCHVISION);
        new ModelDirectory(folder).writeConfig(config);
        assertThat(new ModelDirectory(folder).readConfig()).isEqualTo(config);
    }
}
