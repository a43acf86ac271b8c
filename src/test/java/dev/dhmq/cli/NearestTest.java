package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    private static final List<String> KNOWN = List.of("train", "search", "cpu", "resnet50", "resnet101", "retinanet");

    @ParameterizedTest
    @CsvSource({
        "trian, train",
        "trai, train",
        "trainn, train",
        "traim, train",
        "serach, search",
        "resnet5, resnet50",
        "retinnaet, retinanet"
    })
    void oneLetterOffIsAskedAfter(String word, String meant) {
        assertThat(Nearest.question(word, KNOWN)).isEqualTo(" (did you mean " + meant + "?)");
    }

    @ParameterizedTest
    @CsvSource({"gpu", "x", "quantize", "''", "tarni", "nothing-like-it"})
    void aWildGuessIsNotMade(String word) {
        assertThat(Nearest.question(word, KNOWN)).isEmpty();
    }
}
