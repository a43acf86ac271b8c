package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.LegacyNames;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.checkpoint.PthWriter;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.model.checkpoint.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code convert} on what PyTorch saves; {@link PackCommandTest} converts packed weights. */
class ConvertCommandTest {
    @TempDir
    Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void save() {
        model = folder.resolve("model");
        try (DetectionModel detector = TinyDetector.create(4)) {
            DetectorCheckpoint.save(model, detector, Map.of("epochs", "0"));
        }
    }

    private static Run convert(Path from, Path out, String... more) {
        return Run.dhmq(Stream.concat(
                        Stream.of("convert", "--model", from.toString(), "--out", out.toString()), Stream.of(more))
                .toArray(String[]::new));
    }

    /** The model's state dict, as PyTorch saves it. */
    private Path saveAsPyTorch(Path file) throws IOException {
        PthWriter writer = new PthWriter().orderedDict();
        try (TensorSource weights = new ModelDirectory(model).openWeights()) {
            for (String name : weights.names()) {
                TensorEntry entry = weights.tensor(name);
                writer.floats(name, name, entry.shape(), entry.toFloats());
            }
        }
        return writer.write(file);
    }

    @Test
    void aFolderWithAStateDictBecomesOneWithSafetensors() throws IOException {
        Path out = folder.resolve("out");
        Path from = Files.createDirectories(folder.resolve("from"));
        Files.copy(model.resolve("model.json"), from.resolve("model.json"));
        saveAsPyTorch(from.resolve("model.pth"));

        Run run = convert(from, out);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("out/model.safetensors", "MB of float32; beside it model.json.");
        assertThat(run.err()).contains("Loaded ", "model.pth");
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("model.json", "model.safetensors");
        }
        assertSameWeights(model, out);
    }

    @Test
    void weightsFromElsewhereTakeThePlaceOfTheFoldersOwn() throws IOException {
        Path weights = saveAsPyTorch(folder.resolve("epoch_12.pth"));
        Path other = folder.resolve("other");
        try (DetectionModel detector = TinyDetector.create(5)) {
            DetectorCheckpoint.save(other, detector, Map.of());
        }
        Path out = folder.resolve("out");
        assertThat(convert(other, out, "--weights", weights.toString()).code()).isZero();
        assertSameWeights(model, out);
    }

    @Test
    void olderNamesAndFloat16BecomeTodaysNamesAndFloat32() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from"));
        Files.copy(model.resolve("model.json"), from.resolve("model.json"));
        try (TensorSource weights = new ModelDirectory(model).openWeights()) {
            List<TensorEntry> older = new ArrayList<>();
            for (String name : weights.names()) {
                TensorEntry entry = weights.tensor(name);
                older.add(TensorEntry.ofFloats(
                        LegacyNames.of(name).orElse(name), DType.F16, entry.shape(), entry.toFloats()));
            }
            SafetensorsWriter.write(from.resolve("model.safetensors"), Map.of(), older);
        }
        Path out = folder.resolve("out");
        assertThat(convert(from, out, "--quiet").err()).isEmpty();
        try (TensorSource before = new ModelDirectory(model).openWeights();
                TensorSource after = new ModelDirectory(out).openWeights()) {
            assertThat(after.names()).isEqualTo(before.names());
            assertThat(after.names()).allMatch(name -> after.tensor(name).dtype() == DType.F32);
        }
    }

    @Test
    void whatCannotBeConvertedIsRefusedAndLeavesNothing() throws IOException {
        Path out = folder.resolve("out");
        refused(convert(model, model), "would write over the model itself");
        refused(convert(folder.resolve("nowhere"), out), "nowhere does not exist");
        refused(convert(model, out, "--weights", folder.resolve("none.pth").toString()), "none.pth does not exist");
        Path text = Files.writeString(folder.resolve("text.pth"), "no archive");
        refused(convert(model, out, "--weights", text.toString()), "text.pth is no archive of PyTorch's");
        Path scripted = Files.createDirectories(folder.resolve("scripted"));
        Files.writeString(
                scripted.resolve("model.json"),
                "{\"detector\": \"torchscript\", \"classes\": [{\"id\": 1, \"name\": \"a\"}]}");
        refused(convert(scripted, out), "scripted detector");
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void scalesOfAnotherDetectorAreNotTakenForThisOnes() throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        Files.writeString(out.resolve("scales.safetensors"), "another detector's");
        refused(convert(model, out), "scales.safetensors belongs to another detector");
        assertThat(out.resolve("model.safetensors")).doesNotExist();
    }

    static void assertSameWeights(Path expected, Path actual) {
        try (TensorSource before = new ModelDirectory(expected).openWeights();
                TensorSource after = new ModelDirectory(actual).openWeights()) {
            assertThat(after.names()).containsExactlyInAnyOrderElementsOf(before.names());
            for (String name : before.names()) {
                assertThat(after.tensor(name).toFloats())
                        .as(name)
                        .isEqualTo(before.tensor(name).toFloats());
            }
        }
    }

    private static void refused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
    }
}
