package dev.dhmq.cli;

import dev.dhmq.Progress;

/** Progress of work that knows its share done but not its number of steps, in per cent. */
final class ShareOfWork implements AutoCloseable {
    private static final int PERCENT = 100;

    private final Progress.Task task;
    private int shown;

    ShareOfWork(Progress progress, String name) {
        task = progress.start(name, PERCENT);
    }

    /** So much is done, from 0 to 1. */
    void reach(double share, String note) {
        for (; shown < (int) (PERCENT * share); shown++) {
            task.advance(note);
        }
    }

    @Override
    public void close() {
        task.close();
    }
}
