package dev.dhmq.export.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.Resize;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ReferenceBackend;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxMetadataTest {
    private static final DetectorConfig CONFIG = SeededDetector.config("fasterrcnn", "resnet18", Resize.LETTERBOX);

    @TempDir
    Path folder;

    private Path exported() {
        Path file = folder.resolve("model.onnx");
        try (DetectionModel model = SeededDetector.create(CONFIG, 1)) {
            OnnxExport.of(model).write(file, 96, 64);
        }
        return file;
    }

    @Test
    void anExportSaysHowItIsBuiltAndWhatItsLabelsMean() {
        OnnxMetadata metadata = OnnxMetadata.read(exported());
        assertThat(metadata.config()).isEqualTo(CONFIG);
        assertThat(metadata.quantizedActivations()).isFalse();
        assertThat(OnnxFile.metadata(folder.resolve("model.onnx")))
                .containsAllEntriesOf(Map.of(
                        "detector",
                        "fasterrcnn",
                        "label.0.name",
                        "disc",
                        "label.1.name",
                        "square",
                        "label.1.category",
                        "4"));
    }

    @Test
    void itSaysThatActivationsAreQuantized() {
        Path file = folder.resolve("quantized.onnx");
        try (DetectionModel model = SeededDetector.create(CONFIG, 1);
                Backend backend = new ReferenceBackend()) {
            OnnxExport.quantized(
                            model,
                            backend,
                            BitAssignment.uniform(model.weights().layout(), 8),
                            LearnedScales.NONE,
                            List.of(ActivationQuantization.ofInput(
                                    "backbone.body.conv1.weight", AffineQuantization.spanning(-3, 3, 8))))
                    .write(file, 96, 64);
        }
        assertThat(OnnxMetadata.read(file).quantizedActivations()).isTrue();
    }

    private static void refused(Path file, String complaint) {
        assertThatThrownBy(() -> OnnxMetadata.read(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(complaint);
    }

    @Test
    void whatIsNoExportIsOneSentence() throws IOException {
        refused(folder.resolve("none.onnx"), "does not exist; name a file that dhmq export has written.");
        refused(folder, "is no file; name a file that dhmq export has written.");
        refused(
                Files.createFile(folder.resolve("empty.onnx")),
                "is empty; export the detector again with dhmq export.");
        Path text = folder.resolve("text.onnx");
        Files.writeString(text, "not a model, but a sentence");
        refused(text, "is no ONNX file, or only a part of one");
    }

    /** Wherever it is cut: within a field, or between two, where only what follows the graph is missing. */
    @ParameterizedTest
    @ValueSource(doubles = {0.0001, 0.3, 0.9, 0.999, 0.99999})
    void aFileThatWasCutOffIsRefused(double share) throws IOException {
        byte[] whole = Files.readAllBytes(exported());
        Path part = folder.resolve("part.onnx");
        Files.write(part, Arrays.copyOf(whole, (int) Math.ceil(share * whole.length) - 1));
        assertThatThrownBy(() -> OnnxMetadata.read(part))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(part.toString())
                .hasMessageContaining("export the detector again");
    }

    @Test
    void anotherProgramsFileIsRefused() throws IOException {
        Path file = folder.resolve("foreign.onnx");
        write(file, new ProtoMessage().integer(1, 10).text(2, "pytorch").message(7, new ProtoMessage()));
        refused(file, "does not say how pictures come to it and what its labels mean");
    }

    @Test
    void aConfigurationThatCannotBeNamesTheFile() throws IOException {
        Path file = folder.resolve("changed.onnx");
        write(
                file,
                new ProtoMessage()
                        .integer(1, 10)
                        .text(2, "dhmq")
                        .message(14, new ProtoMessage().text(1, "activations").text(2, "float"))
                        .message(14, new ProtoMessage().text(1, "configuration").text(2, "{\"detector\": 1}")));
        refused(file, "'s metadata");
        byte[] bytes = Files.readString(file, StandardCharsets.ISO_8859_1)
                .replace("configuration", "konfiguration")
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(file, bytes);
        refused(file, "does not say how pictures come to it");
    }

    private static void write(Path file, ProtoMessage message) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            CodedOutputStream coded = CodedOutputStream.newInstance(out);
            message.writeTo(coded);
            coded.flush();
        }
    }
}
