package dev.dhmq.eval.compare;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskLosses;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One method at one ratio with one seed.
 *
 * @param method the method's name
 * @param seed what its random choices were drawn by
 * @param ratio the compression ratio that was asked for
 * @param bits of every layer; {@link dev.dhmq.tensor.Backend#SKIP} for float32
 * @param bytes size of all quantizable layers, scales included
 * @param reached 32-bit bytes over that
 * @param meanBits bits a weight, scales not counted
 * @param loss both parts of the calibration loss under these bits, on the seed's calibration images
 * @param cost passes over the calibration images
 * @param seconds the choice took
 * @param peakBytes highest resident memory of the process while the method chose, the model and all else included; empty where
 *     the system does not say
 * @param ranks of a search's predictions
 * @param judgements COCO's numbers of the model so quantized, by what was done to it before; those that are there so far
 */
public record Cell(
        String method,
        long seed,
        double ratio,
        List<Integer> bits,
        long bytes,
        double reached,
        double meanBits,
        TaskLosses loss,
        SearchCost.Count cost,
        double seconds,
        OptionalLong peakBytes,
        Ranks ranks,
        Map<Treatment, CocoMetrics> judgements) {

    public Cell {
        bits = List.copyOf(bits);
        Map<Treatment, CocoMetrics> ordered = new EnumMap<>(Treatment.class);
        ordered.putAll(judgements);
        judgements = Collections.unmodifiableMap(ordered);
    }

    /** The bits as kernels take them. */
    public int[] bitArray() {
        return bits.stream().mapToInt(Integer::intValue).toArray();
    }

    /** COCO's numbers of the model as the bits have made it; empty until it has been judged. */
    public Optional<CocoMetrics> metrics() {
        return metrics(Treatment.NONE);
    }

    /** COCO's numbers after a treatment; empty until, or where not, asked for. */
    public Optional<CocoMetrics> metrics(Treatment treatment) {
        return Optional.ofNullable(judgements.get(treatment));
    }

    Cell judged(Treatment treatment, CocoMetrics judgement) {
        Map<Treatment, CocoMetrics> all = new EnumMap<>(Treatment.class);
        all.putAll(judgements);
        all.put(treatment, judgement);
        return new Cell(
                method, seed, ratio, bits, bytes, reached, meanBits, loss, cost, seconds, peakBytes, ranks, all);
    }

    /** Points of AP, hundredths, that the float model has more; negative where it has less. Only once judged after that treatment. */
    public double apLost(Treatment treatment, CocoMetrics floats) {
        return 100 * (floats.ap() - metrics(treatment).orElseThrow().ap());
    }

    boolean is(String otherMethod, long otherSeed, double otherRatio) {
        return method.equals(otherMethod) && seed == otherSeed && ratio == otherRatio;
    }
}
