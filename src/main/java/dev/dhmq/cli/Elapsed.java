package dev.dhmq.cli;

import java.time.Duration;

/** Durations as people say them. */
final class Elapsed {
    private Elapsed() {}

    /** Such as {@code 7 s}, {@code 3 min 20 s} or {@code 1 h 05 min}. */
    static String text(Duration time) {
        if (time.toHours() > 0) {
            return String.format("%d h %02d min", time.toHours(), time.toMinutesPart());
        }
        if (time.toMinutes() > 0) {
            return String.format("%d min %02d s", time.toMinutes(), time.toSecondsPart());
        }
        return time.toSeconds() + " s";
    }
}
