package dev.dhmq.cli;

import dev.dhmq.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Progress as plain lines, for log files and pipes: one at the start, one for every tenth of the work or after half a
 * minute, and one at the end; quick work is not worth more than the first and the last. Not for several threads.
 */
final class LineProgress implements Progress {
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(3);
    private static final int LINES = 10;

    private final PrintStream err;
    private final LongSupplier nanoTime;

    LineProgress(PrintStream err, LongSupplier nanoTime) {
        this.err = err;
        this.nanoTime = nanoTime;
    }

    @Override
    public Task start(String task, long steps) {
        err.println(task + ": 0 of " + steps);
        return new Lines(task, steps);
    }

    private final class Lines implements Task {
        private final String name;
        private final long steps;
        private final long start = nanoTime.getAsLong();
        private long lastLine = start;
        private long done;

        Lines(String name, long steps) {
            this.name = name;
            this.steps = steps;
        }

        @Override
        public void advance(String note) {
            done++;
            boolean newTenth = done * LINES / Math.max(1, steps) > (done - 1) * LINES / Math.max(1, steps);
            Duration silence = since(lastLine);
            boolean due = newTenth && silence.compareTo(SHORTEST_SILENCE) >= 0;
            // The last step is left to close(), which comes at once.
            if (done < steps && (due || silence.compareTo(LONGEST_SILENCE) >= 0)) {
                lastLine = nanoTime.getAsLong();
                err.println(line() + (note.isEmpty() ? "" : "; " + note));
            }
        }

        private String line() {
            Duration elapsed = since(start);
            Duration left = elapsed.multipliedBy(steps - done).dividedBy(done);
            return name + ": " + done + " of " + steps + " (" + 100 * done / steps + " %), " + Elapsed.text(elapsed)
                    + ", about " + Elapsed.text(left) + " left";
        }

        @Override
        public void close() {
            String end = done < steps ? "ended after " + done + " of " + steps : "done";
            err.println(name + ": " + end + ", " + Elapsed.text(since(start)));
        }

        private Duration since(long time) {
            return Duration.ofNanos(nanoTime.getAsLong() - time);
        }
    }
}
