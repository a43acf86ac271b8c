package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.search.Budget;
import dev.dhmq.tensor.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options that several commands share, through picocli as users meet them. */
class OptionsTest {
    @TempDir
    Path folder;

    /** A command with all of them. */
    @Command(name = "all")
    static final class AllOptions {
        @Option(names = "--size", converter = ImageSize.Converter.class)
        ImageSize size = new ImageSize(320, 320);

        @Option(names = "--bits", converter = Bits.class)
        BitWidths bits = BitWidths.of(2, 4, 8);

        @ArgGroup(exclusive = true, multiplicity = "1")
        SizeTargetOptions target;

        @Mixin
        ComputeOptions compute;

        @Mixin
        SeedOption seed;

        @Mixin
        DataOptions data;

        @Mixin
        OutOption out;
    }

    @Test
    void validValuesArrive() {
        AllOptions options = parse(
                "--ratio",
                "8",
                "--size",
                "256x192",
                "--bits",
                "8,2,3",
                "--threads",
                "3",
                "--seed",
                "-7",
                "--backend",
                "Cpu");
        assertThat(options.size).isEqualTo(new ImageSize(256, 192));
        assertThat(options.bits.widths()).containsExactly(2, 3, 8);
        assertThat(options.target.budgets(OptionsTest::bitOperations, () -> 99))
                .containsExactly(new Budget.CompressionRatio(8));
        assertThat(options.compute.threads()).isEqualTo(3);
        assertThat(options.seed.value()).isEqualTo(-7);
        assertThat(options.compute.backend()).isEqualTo(Backends.Choice.CPU);
    }

    @Test
    void defaultsAreEveryCoreSeedZeroAndAuto() {
        AllOptions options = parse("--ratio", "8");
        assertThat(options.compute.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(options.seed.value()).isZero();
        assertThat(options.compute.backend()).isEqualTo(Backends.Choice.AUTO);
    }

    @Test
    void targetsAreSizesOrBitOperations() {
        assertThat(parse("--ratio", "5.33,8,10.67").target.budgets(OptionsTest::bitOperations, () -> 99))
                .containsExactly(
                        new Budget.CompressionRatio(5.33),
                        new Budget.CompressionRatio(8),
                        new Budget.CompressionRatio(10.67));
        assertThat(parse("--bytes", "1500000").target.budgets(OptionsTest::bitOperations, () -> 99))
                .containsExactly(new Budget.Bytes(1_500_000));
        assertThat(parse("--mean-bits", "3.5").target.budgets(OptionsTest::bitOperations, () -> 99))
                .containsExactly(new Budget.MeanBits(3.5));
        assertThat(parse("--bops", "2.5").target.budgets(OptionsTest::bitOperations, () -> 99))
                .containsExactly(bitOperations(2.5e9));
        assertThat(parse("--smallest").target.budgets(OptionsTest::bitOperations, () -> 99))
                .containsExactly(new Budget.Bytes(99));
    }

    private static Budget bitOperations(double most) {
        return new Budget.BitOperations(most, List.of(7L), 8);
    }

    @Test
    void exactlyOneTargetIsAskedFor() {
        assertThatThrownBy(() -> parse())
                .isInstanceOf(ParameterException.class)
                .hasMessageContainingAll("--ratio", "--bytes", "--mean-bits", "--bops");
        assertThatThrownBy(() -> parse("--ratio", "8", "--bytes", "100"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContainingAll("--ratio", "--bytes", "mutually exclusive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"256", "256x", "axb", "250x192", "256x0", "99999x32", "-32x32", "256x192x3"})
    void sizesThatDoNotFitAreRefused(String size) {
        assertRefused("--size", size, "--ratio", "8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1,2", "2,9", "2,,4", "four", "2,2", "2.5"})
    void bitsThatCannotBeAreRefused(String bits) {
        assertRefused("--bits", bits, "--ratio", "8");
    }

    @ParameterizedTest
    @CsvSource({
        "--ratio, 1", "--ratio, -8", "--ratio, NaN", "--ratio, 'Infinity'", "--ratio, '8,8'", "--ratio, '8,'",
        "--bytes, 0", "--bytes, 1.5", "--bytes, 1e30", "--bytes, many", "--mean-bits, 1.9", "--mean-bits, 8.1"
    })
    void targetsThatCannotBeAreRefused(String option, String value) {
        assertRefused(option, value);
    }

    @ParameterizedTest
    @CsvSource({"--threads, 0", "--threads, x", "--backend, gpu", "--seed, one"})
    void otherValuesThatCannotBeAreRefused(String option, String value) {
        assertRefused(option, value, "--ratio", "8");
    }

    @Test
    void imagesMustBeAFolder() {
        assertThatThrownBy(() -> parse("--ratio", "8").data.read(List.of()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no-images");
    }

    @Test
    void outIsMadeAndMustNotBeAFile() throws IOException {
        assertThat(parse("--ratio", "8").out.make()).isDirectory();
        assertThat(parse("--ratio", "8").out.make()).isDirectory();
        Files.delete(folder.resolve("new/out"));
        Files.writeString(folder.resolve("new/out"), "a file");
        assertThatThrownBy(() -> parse("--ratio", "8").out.make())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("--out");
    }

    private void assertRefused(String option, String value, String... more) {
        List<String> arguments = new ArrayList<>(List.of(option, value));
        arguments.addAll(List.of(more));
        assertThatThrownBy(() -> parse(arguments.toArray(String[]::new)))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(option)
                .hasMessageFindingMatch("is not|twice|is none of");
    }

    private AllOptions parse(String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "--images",
                folder.resolve("no-images").toString(),
                "--annotations",
                "a.json",
                "--out",
                folder.resolve("new/out").toString()));
        all.addAll(List.of(arguments));
        AllOptions options = new AllOptions();
        new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(all.toArray(String[]::new));
        return options;
    }
}
