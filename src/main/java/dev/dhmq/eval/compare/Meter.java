package dev.dhmq.eval.compare;

import dev.dhmq.Progress;

/** Progress of a comparison in hundredths of a cell, so that a bar moves and the time left can be told within one too. */
final class Meter implements AutoCloseable {
    private static final int PARTS = 100;

    private final Progress.Task task;
    private double done;
    private long shown;

    Meter(Progress progress, long cells) {
        task = progress.start("Comparing", PARTS * cells);
    }

    /** So many cells are done, parts of one included. Never goes back. */
    void reach(double cells, String note) {
        done = Math.max(done, cells);
        for (; shown < (long) (PARTS * done); shown++) {
            task.advance(note);
        }
    }

    /** Work whose steps together are this share of a cell. */
    Progress part(double share, String note) {
        double start = done;
        return (_, steps) -> new Progress.Task() {
            private long made;

            @Override
            public void advance(String ignored) {
                made++;
                reach(start + share * made / steps, note);
            }
        };
    }

    double done() {
        return done;
    }

    @Override
    public void close() {
        task.close();
    }
}
