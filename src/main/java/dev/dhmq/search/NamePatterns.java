package dev.dhmq.search;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Patterns of layers' names, in which {@code *} stands for any text. */
record NamePatterns(List<String> patterns) {

    /** Whether the whole name is as one of the patterns says. */
    boolean match(String name) {
        return patterns.stream()
                .anyMatch(pattern -> regex(pattern).matcher(name).matches());
    }

    private static Pattern regex(String pattern) {
        return Pattern.compile(Arrays.stream(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .reduce((a, b) -> a + ".*" + b)
                .orElse(""));
    }
}
