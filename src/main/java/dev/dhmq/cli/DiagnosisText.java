package dev.dhmq.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.tensor.BackendStatus;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A diagnosis for programs and for people. */
final class DiagnosisText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DiagnosisText() {}

    static String json(Diagnosis diagnosis) throws JsonProcessingException {
        Machine machine = diagnosis.machine();
        ObjectNode json = JSON.createObjectNode();
        json.put("dhmq", diagnosis.dhmq());
        json.put("java", machine.java());
        json.put("os", machine.os());
        json.put("cores", machine.cores());
        json.put("memoryBytes", machine.memoryBytes());
        json.put("heapBytes", machine.heapBytes());
        CpuInfo cpu = machine.cpu();
        if (cpu != null) {
            ObjectNode cpuJson = json.putObject("cpu").put("model", cpu.model());
            ObjectNode features = cpuJson.putObject("features");
            cpu.features().forEach(features::put);
        }
        Diagnosis.Part libTorch = diagnosis.libTorch();
        json.putObject("libTorch")
                .put("available", libTorch.available())
                .put(libTorch.available() ? "version" : "reason", libTorch.words());
        ArrayNode backends = json.putArray("backends");
        diagnosis.backends().forEach(status -> backends.add(json(status)));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }

    private static ObjectNode json(BackendStatus status) {
        ObjectNode json = JSON.createObjectNode().put("name", status.name());
        switch (status) {
            case BackendStatus.Available available ->
                json.put("available", true).put("description", available.description());
            case BackendStatus.Unavailable unavailable -> {
                ArrayNode reasons = json.put("available", false).putArray("reasons");
                unavailable.reasons().forEach(reasons::add);
            }
        }
        return json;
    }

    static String lines(Diagnosis diagnosis) {
        Machine machine = diagnosis.machine();
        Stream<String> head = Stream.of(
                line("DHMQ", diagnosis.dhmq()),
                line("Java", machine.java()),
                line("System", machine.os()),
                line(
                        "Machine",
                        machine.cores() + " cores, " + gibibytes(machine.memoryBytes()) + " memory, at most "
                                + gibibytes(machine.heapBytes()) + " of it for Java objects"));
        Stream<String> libTorch = Stream.of(line(
                "LibTorch",
                (diagnosis.libTorch().available() ? "" : "not available: ")
                        + diagnosis.libTorch().words()));
        return Stream.of(head, cpu(machine), libTorch, backends(diagnosis))
                .flatMap(lines -> lines)
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static Stream<String> backends(Diagnosis diagnosis) {
        return Stream.concat(
                Stream.of("Backends"), diagnosis.backends().stream().map(status -> "  " + words(status)));
    }

    private static String words(BackendStatus status) {
        return switch (status) {
            // A description begins with the name.
            case BackendStatus.Available available -> available.description();
            case BackendStatus.Unavailable unavailable ->
                unavailable.name() + ": not available. " + String.join(" ", unavailable.reasons());
        };
    }

    private static Stream<String> cpu(Machine machine) {
        CpuInfo cpu = machine.cpu();
        if (cpu == null) {
            return Stream.of(line("Processor", "unknown"));
        }
        return Stream.of(
                line("Processor", cpu.model()),
                line("  has", names(cpu.featuresThatAre(true))),
                line("  lacks", names(cpu.featuresThatAre(false))));
    }

    private static String names(Stream<String> names) {
        List<String> list = names.toList();
        return list.isEmpty() ? "nothing" : String.join(", ", list);
    }

    private static String line(String name, String value) {
        return String.format("%-10s %s", name, value);
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
