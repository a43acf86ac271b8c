package dev.dhmq.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The processor as Linux sees it.
 *
 * @param model its maker's name for it
 * @param features whether it has each of the instruction sets that kernels are written for
 */
record CpuInfo(String model, Map<String, Boolean> features) {
    private static final Path SOURCE = Path.of("/proc/cpuinfo");
    private static final List<String> FEATURES =
            List.of("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl");

    static CpuInfo read() throws IOException {
        return parse(Files.readAllLines(SOURCE));
    }

    /** Reads the first processor; those of one machine are alike. */
    static CpuInfo parse(List<String> lines) {
        Set<String> flags = new HashSet<>(List.of(value(lines, "flags").split("\\s+")));
        Map<String, Boolean> features = new LinkedHashMap<>();
        FEATURES.forEach(feature -> features.put(feature, flags.contains(feature)));
        return new CpuInfo(value(lines, "model name"), features);
    }

    private static String value(List<String> lines, String key) {
        return lines.stream()
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2 && parts[0].strip().equals(key))
                .map(parts -> parts[1].strip())
                .findFirst()
                .orElse("unknown");
    }

    /** The features it has, or those it lacks. */
    Stream<String> featuresThatAre(boolean present) {
        return features.entrySet().stream()
                .filter(entry -> entry.getValue() == present)
                .map(Map.Entry::getKey);
    }
}
