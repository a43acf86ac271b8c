package dev.dhmq.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsTest {
    private static final float[] VALUES = {0, -0.5f, 1, 3.25f, -1024, 0.125f};

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F64", "F32", "F16", "BF16"})
    void floatsComeBackAsTheyWere(DType dtype) {
        Path file = write(TensorEntry.ofFloats("a", dtype, new long[] {2, 3}, VALUES));
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            TensorEntry tensor = opened.tensor("a");
            assertThat(tensor.dtype()).isEqualTo(dtype);
            assertThat(tensor.shape()).containsExactly(2, 3);
            // These values need few bits, so that all four types hold them exactly.
            assertThat(tensor.toFloats()).containsExactly(VALUES);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"I64", "I32", "I16", "I8", "U8", "BOOL"})
    void integersComeBackAsTheyWere(DType dtype) {
        byte[] bytes = new byte[3 * dtype.bytes()];
        Arrays.fill(bytes, (byte) 1);
        Path file = write(new TensorEntry("a", dtype, new long[] {3}, MemorySegment.ofArray(bytes)));
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            assertThat(opened.tensor("a").data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
            assertThatThrownBy(() -> opened.tensor("a").toFloats()).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void namesTextsAndOddShapesAreKept() {
        Path file = folder.resolve("model.safetensors");
        SafetensorsWriter.write(
                file,
                Map.of("format", "pt", "näme \"1\"", "a\nb"),
                List.of(
                        TensorEntry.ofFloats("scalar", DType.F32, new long[0], new float[] {7}),
                        TensorEntry.ofFloats("empty", DType.F32, new long[] {0, 5}, new float[0]),
                        TensorEntry.ofFloats("weights.ü", DType.F16, new long[] {1, 1, 1}, new float[] {2})));
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            assertThat(opened.metadata()).isEqualTo(Map.of("format", "pt", "näme \"1\"", "a\nb"));
            assertThat(opened.names()).containsExactly("empty", "scalar", "weights.ü");
            assertThat(opened.tensor("scalar").toFloats()).containsExactly(7);
            assertThat(opened.tensor("empty").elements()).isZero();
            assertThatThrownBy(() -> opened.tensor("other"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no tensor \"other\"");
        }
    }

    @Test
    void theOrderTensorsComeInDoesNotChangeTheFileAndTheHeaderIsAligned() throws IOException {
        TensorEntry a = TensorEntry.ofFloats("a", DType.F16, new long[] {3}, new float[] {1, 2, 3});
        TensorEntry b = TensorEntry.ofFloats("b", DType.F32, new long[] {1}, new float[] {4});
        byte[] first = Files.readAllBytes(write(a, b));
        byte[] second = Files.readAllBytes(write(b, a));
        assertThat(first).isEqualTo(second);
        assertThat(ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8)
                .isZero();
        // The four-byte tensor stands first, so that it is aligned.
        assertThat(Arrays.copyOfRange(first, first.length - 10, first.length - 6))
                .isEqualTo(new byte[] {0, 0, (byte) 0x80, 0x40});
    }

    @Test
    void closingTwiceIsHarmlessAndReadingAfterwardsFails() {
        SafetensorsFile opened =
                SafetensorsFile.open(write(TensorEntry.ofFloats("a", DType.F32, new long[] {1}, new float[] {1})));
        TensorEntry tensor = opened.tensor("a");
        opened.close();
        opened.close();
        assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatFloat16CannotHoldIsRefused() {
        assertThatThrownBy(() -> TensorEntry.ofFloats("big", DType.F16, new long[] {1}, new float[] {70000}))
                .hasMessageContaining("big holds 70000");
    }

    @Test
    void missingEmptyAndShortFilesAreRefused() throws IOException {
        assertRefused(folder.resolve("gone"), "gone does not exist");
        assertRefused(folder, "is no file");
        assertRefused(bytes(new byte[0]), "has 0 bytes, too few");
        assertRefused(bytes(new byte[7]), "has 7 bytes, too few");
        assertRefused(bytes(new byte[8]), "says its header has 0 bytes");
        assertRefused(bytes("not a checkpoint at all".getBytes(StandardCharsets.UTF_8)), "says its header has");
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(write(TensorEntry.ofFloats("a", DType.F32, new long[] {2, 3}, VALUES)));
        for (int length = 0; length < whole.length; length++) {
            assertRefused(bytes(Arrays.copyOf(whole, length)), "broken.safetensors");
        }
        assertRefused(bytes(Arrays.copyOf(whole, whole.length + 1)), "cut off or added to");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}       | has 4 bytes, but its shape [2] of F32 needs 8
                    {"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}       | "dtype" is F33
                    {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}      | shape [-1] is not possible
                    {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}} | is not possible
                    {"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}} | must be a whole number
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}       | two ascending numbers
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}      | two ascending numbers
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}     | two ascending numbers
                    {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}       | has 4 bytes of data, but its header names 8
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | begins at byte 0 of the data, but the one before ends at 4
                    {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}} | begins at byte 3 of the data, but the one before ends at 1
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} | Duplicate
                    {"a":{"dtype":"F32","shape":[1]}}                            | "data_offsets" is missing
                    {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}} | unknown key "x"
                    {"a":7}                                                      | must be a JSON object
                    {"__metadata__":{"a":1}}                                     | must be a string
                    [1,2]                                                        | must be a JSON object
                    {"a":{"dtype"                                                | ends in the middle
                    """)
    void headersThatLieAreRefused(String header, String complaint) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        assertRefused(
                bytes(ByteBuffer.allocate(8 + json.length + 4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array()),
                complaint);
    }

    @Test
    void damagedFilesGiveTensorsOrOneSentence() throws IOException {
        byte[] whole = Files.readAllBytes(write(
                TensorEntry.ofFloats("a.weight", DType.F32, new long[] {2, 3}, VALUES),
                TensorEntry.ofFloats("b.weight", DType.F16, new long[] {6}, VALUES)));
        long seed = 4711;
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 4000; round++) {
            byte[] damaged = whole.clone();
            for (int k = random.nextInt(1, 4); k > 0; k--) {
                // Printable characters keep the header near enough to JSON to get past the parser.
                damaged[random.nextInt(damaged.length)] =
                        (byte) (random.nextBoolean() ? random.nextInt(32, 127) : random.nextInt());
            }
            if (random.nextInt(8) == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            }
            try (SafetensorsFile opened = SafetensorsFile.open(bytes(damaged))) {
                for (String name : opened.names()) {
                    TensorEntry tensor = opened.tensor(name);
                    assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE).length)
                            .isEqualTo((int) tensor.elements() * tensor.dtype().bytes());
                }
            } catch (InvalidInputException e) {
                assertThat(e.getMessage())
                        .as("seed %d round %d", seed, round)
                        .contains("broken.safetensors")
                        .hasLineCount(1);
            }
        }
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(words);
    }

    private Path write(TensorEntry... tensors) {
        Path file = folder.resolve("model.safetensors");
        SafetensorsWriter.write(file, Map.of(), List.of(tensors));
        return file;
    }

    private Path bytes(byte[] bytes) throws IOException {
        Path file = folder.resolve("broken.safetensors");
        Files.write(file, bytes);
        return file;
    }
}
