package dev.dhmq.eval.compare;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskLosses;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
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
 * @param rankCorrelation of predicted with measured loss changes of a search's steps
 * @param freshRankCorrelation the same of the loss on images the search has not seen
 * @param metrics COCO's numbers of the model so quantized; empty until it has been judged
 * @param corrected the same once the statistics of its outputs have been corrected; empty until, or where not, asked for
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
        OptionalDouble rankCorrelation,
        OptionalDouble freshRankCorrelation,
        Optional<CocoMetrics> metrics,
        Optional<CocoMetrics> corrected) {

    /** The bits as kernels take them. */
    public int[] bitArray() {
        return bits.stream().mapToInt(Integer::intValue).toArray();
    }

    Cell judged(CocoMetrics judgement) {
        return with(Optional.of(judgement), corrected);
    }

    Cell judgedCorrected(CocoMetrics judgement) {
        return with(metrics, Optional.of(judgement));
    }

    private Cell with(Optional<CocoMetrics> plain, Optional<CocoMetrics> afterwards) {
        return new Cell(
                method,
                seed,
                ratio,
                bits,
                bytes,
                reached,
                meanBits,
                loss,
                cost,
                seconds,
                peakBytes,
                rankCorrelation,
                freshRankCorrelation,
                plain,
                afterwards);
    }

    /** Points of AP, hundredths, that the float model has more; negative where it has less. Only once judged. */
    public double apLost(CocoMetrics floats) {
        return 100 * (floats.ap() - metrics.orElseThrow().ap());
    }

    /** The same after the correction. Only once that has been judged. */
    public double apLostCorrected(CocoMetrics floats) {
        return 100 * (floats.ap() - corrected.orElseThrow().ap());
    }

    boolean is(String otherMethod, long otherSeed, double otherRatio) {
        return method.equals(otherMethod) && seed == otherSeed && ratio == otherRatio;
    }
}
