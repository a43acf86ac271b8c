package dev.dhmq.cli;

import dev.dhmq.Progress;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress as a moving bar with the time that is left, for terminals. */
final class BarProgress implements Progress {
    private static final int UPDATE_MILLIS = 250;

    private final PrintStream err;

    BarProgress(PrintStream err) {
        this.err = err;
    }

    @Override
    public Task start(String task, long steps) {
        ProgressBar bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                // The coloured style's blocks need a font not every terminal has.
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(err))
                .build();
        return new Task() {
            @Override
            public void advance(String note) {
                bar.setExtraMessage(note.isEmpty() ? "" : " " + note);
                bar.step();
            }

            @Override
            public void close() {
                bar.close();
            }
        };
    }
}
