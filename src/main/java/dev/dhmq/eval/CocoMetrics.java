package dev.dhmq.eval;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * COCO's twelve numbers for boxes. Each is in [0, 1], or -1 where there was nothing to find.
 *
 * <p>AP is average precision over recall, AR is the largest recall, both averaged over classes.
 *
 * @param ap AP, averaged over the IoU thresholds 0.50, 0.55, ..., 0.95
 * @param ap50 AP at IoU 0.50
 * @param ap75 AP at IoU 0.75
 * @param aps AP of small objects, up to 32x32 pixels
 * @param apm AP of medium objects, from 32x32 to 96x96
 * @param apl AP of large objects, from 96x96
 * @param ar1 AR of the surest detection of each class in each image
 * @param ar10 AR of the 10 surest
 * @param ar100 AR of the 100 surest, as all other numbers but AR1 and AR10
 * @param ars AR of small objects
 * @param arm AR of medium objects
 * @param arl AR of large objects
 */
public record CocoMetrics(
        double ap,
        double ap50,
        double ap75,
        double aps,
        double apm,
        double apl,
        double ar1,
        double ar10,
        double ar100,
        double ars,
        double arm,
        double arl) {

    /** The numbers, asked for by their usual names. */
    public static CocoMetrics of(ToDoubleFunction<String> number) {
        return new CocoMetrics(
                number.applyAsDouble("AP"),
                number.applyAsDouble("AP50"),
                number.applyAsDouble("AP75"),
                number.applyAsDouble("APs"),
                number.applyAsDouble("APm"),
                number.applyAsDouble("APl"),
                number.applyAsDouble("AR1"),
                number.applyAsDouble("AR10"),
                number.applyAsDouble("AR100"),
                number.applyAsDouble("ARs"),
                number.applyAsDouble("ARm"),
                number.applyAsDouble("ARl"));
    }

    /** The numbers by their usual names, in COCO's order. */
    public Map<String, Double> toMap() {
        Map<String, Double> map = new LinkedHashMap<>();
        map.put("AP", ap);
        map.put("AP50", ap50);
        map.put("AP75", ap75);
        map.put("APs", aps);
        map.put("APm", apm);
        map.put("APl", apl);
        map.put("AR1", ar1);
        map.put("AR10", ar10);
        map.put("AR100", ar100);
        map.put("ARs", ars);
        map.put("ARm", arm);
        map.put("ARl", arl);
        return map;
    }
}
