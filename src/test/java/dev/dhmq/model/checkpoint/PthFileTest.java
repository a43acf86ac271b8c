package dev.dhmq.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as {@code torch.save} writes them, and files that only look so. */
class PthFileTest {
    private static final long[] TWO_BY_THREE = {2, 3};

    @TempDir
    private Path folder;

    private static PthWriter stateDict() {
        return new PthWriter()
                .orderedDict()
                .floats("conv.weight", "0", TWO_BY_THREE, 1, 2, 3, 4, 5, 6)
                .floats("conv.bias", "1", new long[] {2}, -1, Float.NaN);
    }

    private PthFile open(PthWriter writer) throws IOException {
        return PthFile.open(writer.write(folder.resolve("model.pth")));
    }

    private void refused(PthWriter writer, String... words) throws IOException {
        refused(writer.bytes(), words);
    }

    private void refused(byte[] content, String... words) throws IOException {
        Path file = Files.write(folder.resolve("model.pth"), content);
        assertThatThrownBy(() -> {
                    try (PthFile opened = PthFile.open(file)) {
                        opened.names().forEach(opened::tensor);
                    }
                })
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll(words)
                .hasMessageContaining(file.toString());
    }

    @Test
    void aStateDict() throws IOException {
        // With the versions of its modules, which PyTorch hangs on it.
        PthWriter writer = stateDict()
                .raw('}')
                .text("_metadata")
                .orderedDict()
                .raw('s', 'b')
                .entry("byteorder", "little".getBytes(StandardCharsets.US_ASCII))
                .entry("version", "3\n".getBytes(StandardCharsets.US_ASCII));
        try (PthFile file = open(writer)) {
            assertThat(file.names()).containsExactly("conv.weight", "conv.bias");
            assertThat(file.has("conv.bias")).isTrue();
            assertThat(file.tensor("conv.weight").shape()).containsExactly(2, 3);
            assertThat(file.tensor("conv.weight").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(file.tensor("conv.bias").toFloats()).containsExactly(-1, Float.NaN);
            assertThatThrownBy(() -> file.tensor("fc.weight"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("has no tensor \"fc.weight\"");
        }
    }

    @Test
    void viewsWithStridesAndTiedStorages() throws IOException {
        PthWriter writer = new PthWriter().raw('}').storage("0", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        writer.text("transposed")
                .tensor("FloatStorage", "0", 12, 0, new long[] {4, 3}, new long[] {1, 4})
                .raw('s');
        writer.text("slice")
                .tensor("FloatStorage", "0", 12, 5, new long[] {2, 2}, new long[] {4, 1})
                .raw('s');
        writer.text("whole")
                .tensor("FloatStorage", "0", 12, 0, new long[] {12}, new long[] {1})
                .raw('s');
        writer.text("tied")
                .tensor("FloatStorage", "0", 12, 0, new long[] {12}, new long[] {1})
                .raw('s');
        writer.text("scalar")
                .tensor("FloatStorage", "0", 12, 7, new long[0], new long[0])
                .raw('s');
        writer.text("none")
                .tensor("FloatStorage", "0", 12, 12, new long[] {0, 5}, new long[] {5, 1})
                .raw('s');
        try (PthFile file = open(writer)) {
            assertThat(file.tensor("transposed").toFloats()).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
            assertThat(file.tensor("slice").toFloats()).containsExactly(5, 6, 9, 10);
            assertThat(file.tensor("tied").toFloats())
                    .isEqualTo(file.tensor("whole").toFloats());
            assertThat(file.tensor("scalar").toFloats()).containsExactly(7);
            assertThat(file.tensor("none").toFloats()).isEmpty();
        }
    }

    @Test
    void otherTypes() throws IOException {
        byte[] halves = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(Half.floatToFloat16(1.5f))
                .putShort(Half.floatToFloat16(-2))
                .array();
        byte[] brains = ByteBuffer.allocate(2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(Half.floatToBfloat16(3))
                .array();
        byte[] doubles = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(0.1)
                .array();
        long[] one = {1};
        PthWriter writer = new PthWriter().raw('}');
        writer.text("half")
                .tensor("HalfStorage", "0", 2, 0, new long[] {2}, one)
                .raw('s')
                .entry("data/0", halves);
        writer.text("brain")
                .tensor("BFloat16Storage", "1", 1, 0, one, one)
                .raw('s')
                .entry("data/1", brains);
        writer.text("double")
                .tensor("DoubleStorage", "2", 1, 0, one, one)
                .raw('s')
                .entry("data/2", doubles);
        writer.text("bn.num_batches_tracked")
                .tensor("LongStorage", "3", 1, 0, new long[0], new long[0])
                .raw('s');
        writer.entry("data/3", new byte[8]);
        try (PthFile file = open(writer)) {
            assertThat(file.tensor("half").toFloats()).containsExactly(1.5f, -2);
            assertThat(file.tensor("brain").toFloats()).containsExactly(3);
            assertThat(file.tensor("double").toFloats()).containsExactly(0.1f);
            assertThat(file.tensor("bn.num_batches_tracked").dtype()).isEqualTo(DType.I64);
        }
    }

    @Test
    void nestedBesideOtherValuesAndWithDataParallelsPrefix() throws IOException {
        for (String key : new String[] {"model", "state_dict", "model_state_dict"}) {
            PthWriter writer = new PthWriter().raw('}', '(');
            writer.text("epoch").whole(70_000).text("lr").raw('G', 0x3f, 0xb0, 0, 0, 0, 0, 0, 0);
            writer.text("step")
                    .whole(1L << 40)
                    .text("betas")
                    .raw('K', 1, 'K', 2, 0x86)
                    .raw('u');
            writer.text(key)
                    .orderedDict()
                    .floats("module.a", "0", new long[] {1}, 4)
                    .raw('s');
            try (PthFile file = open(writer)) {
                assertThat(file.names()).containsExactly("a");
                assertThat(file.tensor("a").toFloats()).containsExactly(4);
            }
        }
    }

    @Test
    void aParameterIsItsTensor() throws IOException {
        PthWriter writer =
                new PthWriter().raw('}').storage("0", 8).text("p").name("torch._utils", "_rebuild_parameter");
        writer.raw('(')
                .tensor("FloatStorage", "0", 1, 0, new long[] {1}, new long[] {1})
                .raw(0x88)
                .orderedDict();
        writer.raw('t', 'R', 's');
        try (PthFile file = open(writer)) {
            assertThat(file.tensor("p").toFloats()).containsExactly(8);
        }
    }

    @Test
    void codeIsNamedAndNotRun() throws IOException {
        refused(
                new PthWriter().name("os", "system").text("touch owned").raw(0x85, 'R'),
                "asks for os.system, which is no part of a state dict and is not run");
        refused(new PthWriter().text("builtins").text("eval").raw(0x93), "asks for builtins.eval");
        refused(
                new PthWriter().name("torch.nn.modules.container", "Sequential"),
                "torch.save(model.state_dict(), path)");
        refused(new PthWriter().name("x".repeat(1000) + "\u0007", "y"), "x".repeat(80) + "...,");
    }

    @Test
    void brokenPickles() throws IOException {
        refused(new PthWriter().raw('}', 's'), "takes from an empty stack");
        refused(new PthWriter().raw('u'), "a run of values has no beginning");
        refused(new PthWriter().raw('}', '(', 'K', 1, 'u'), "a key has no value");
        refused(new PthWriter().raw('h', 9), "asks for value 9");
        refused(new PthWriter().raw(']', 'K', 1, 'K', 2, 's'), "no dictionary");
        refused(new PthWriter().raw('}', 'K', 1, 'a'), "no list");
        refused(new PthWriter().raw('N', ')', 'R'), "calls what is no function");
        refused(new PthWriter().raw('i'), "instruction 0x69 is none");
        refused(new PthWriter().raw(0x80, 9), "protocol is newer");
        refused(new PthWriter().raw('X', 0xff, 0xff, 0xff, 0x7f), "longer than the file");
        refused(new PthWriter().raw('X', 0xff, 0xff, 0xff, 0xff), "longer than the file");
        refused(new PthWriter().raw('K'), "cut off within its description");
        refused(new PthWriter().raw('}', '}', 'N', 's'), "neither text nor number");
        refused(new PthWriter().raw(']'), "holds no state dict");
        refused(new PthWriter().raw('}'), "holds no state dict");
    }

    @Test
    void aListThatContainsItselfIsHarmless() throws IOException {
        // ] q0 h0 a: a list whose only item is itself; as a key it would never end.
        refused(new PthWriter().raw(']', 'q', 0, 'h', 0, 'a'), "holds no state dict");
        refused(new PthWriter().raw('}', ']', 'q', 0, 'h', 0, 'a', 'N', 's'), "neither text nor number");
    }

    @Test
    void moreValuesThanAStateDictHas() throws IOException {
        int[] lists = new int[(1 << 20) + 1];
        Arrays.fill(lists, ']');
        refused(new PthWriter().raw(lists), "more than 1048576 values at once");
        int[] tooLong = new int[StateDictUnpickler.MOST_BYTES];
        Arrays.fill(tooLong, 'N');
        refused(new PthWriter().raw(tooLong), "are allowed");
    }

    @Test
    void viewsBeyondTheirStorage() throws IOException {
        long[] one = {1};
        long huge = Long.MAX_VALUE;
        for (PthWriter writer : new PthWriter[] {
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, 0, new long[] {3}, one),
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, 1, new long[] {2}, one),
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {2}),
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, 0, new long[] {huge, huge}, new long[] {
                0, 0
            }),
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, 0, new long[] {1 << 30}, new long[] {0}),
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, huge, one, one),
            new PthWriter().raw('}').text("t").tensor("FloatStorage", "0", 2, -1, one, one),
        }) {
            refused(writer.raw('s').storage("0", 1, 2), "tensor \"t\" reaches beyond the data");
        }
        refused(
                new PthWriter()
                        .raw('}')
                        .text("t")
                        .tensor("FloatStorage", "0", 2, 0, new long[] {-2}, one)
                        .raw('s'),
                "no whole number from 0");
        refused(
                new PthWriter()
                        .raw('}')
                        .text("t")
                        .tensor("FloatStorage", "0", huge, 0, one, one)
                        .raw('s')
                        .storage("0", 1),
                "has 4 bytes where a tensor of 9223372036854775807 elements of F32 lies");
        refused(
                new PthWriter()
                        .raw('}')
                        .text("t")
                        .tensor("FloatStorage", "7", 1, 0, one, one)
                        .raw('s'),
                "lacks the data of a tensor");
    }

    @Test
    void otherFiles() throws IOException {
        refused(new byte[0], "no archive of PyTorch's");
        refused(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc}, "saved before PyTorch 1.6");
        byte[] whole = stateDict().bytes();
        refused(Arrays.copyOf(whole, whole.length - 40), "cut off");
        refused(stateDict().compressed().bytes(), "is compressed");
        refused(stateDict().entry("constants.pkl", new byte[1]), "is a TorchScript model");
        refused(stateDict().entry("byteorder", "big".getBytes(StandardCharsets.US_ASCII)), "big-endian");
        assertThatThrownBy(() -> PthFile.open(folder.resolve("nothing.pth")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> PthFile.open(folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is no file");
    }

    /** Whatever is in a file, it is read or refused with a sentence. */
    @Test
    void aHundredThousandDamagedFiles() throws IOException {
        byte[][] wholes = {
            stateDict().bytes(),
            new PthWriter()
                    .raw('}')
                    .text("model")
                    .orderedDict()
                    .floats("a", "0", new long[] {1}, 4)
                    .raw('s')
                    .bytes()
        };
        long seed = 20261124;
        Random random = new Random(seed);
        Path file = folder.resolve("damaged.pth");
        int opened = 0;
        for (int i = 0; i < 100_000; i++) {
            Files.write(file, damage(wholes[i % wholes.length], random));
            try (PthFile pth = PthFile.open(file)) {
                pth.names().forEach(pth::tensor);
                opened++;
            } catch (InvalidInputException refused) {
                assertThat(refused.getMessage()).as("file %d, seed %d", i, seed).contains(file.toString());
            } catch (RuntimeException | Error e) {
                throw new AssertionError("file " + i + " of seed " + seed, e);
            }
        }
        // Damage to a value, to padding or to a time stamp goes unnoticed; most does not.
        assertThat(opened).isBetween(1_000, 90_000);
    }

    private static byte[] damage(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        int kind = random.nextInt(8);
        if (kind == 0) {
            return Arrays.copyOf(damaged, random.nextInt(damaged.length));
        }
        if (kind == 1) {
            int from = random.nextInt(damaged.length);
            int to = random.nextInt(damaged.length);
            int count = random.nextInt(1 + damaged.length - Math.max(from, to));
            System.arraycopy(damaged, from, damaged, to, count);
            return damaged;
        }
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }
}
