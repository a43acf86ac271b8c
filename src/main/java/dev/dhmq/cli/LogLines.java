package dev.dhmq.cli;

import java.io.PrintStream;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * The library's log on standard error, a line a message: warnings, or all there is. The library speaks to {@code System.Logger},
 * which the JDK hands on to {@code java.util.logging}; its own handler would put two lines of a kind of their own between ours.
 */
final class LogLines implements AutoCloseable {
    // Held here, because the JDK forgets the settings of a logger that nobody holds.
    private final Logger logger = Logger.getLogger("dev.dhmq");
    private final Lines lines;

    private LogLines(Lines lines) {
        this.lines = lines;
    }

    /** Shows the log until closed. */
    static LogLines show(PrintStream err, boolean all) {
        LogLines shown = new LogLines(new Lines(err));
        shown.logger.setUseParentHandlers(false);
        shown.logger.setLevel(all ? Level.ALL : Level.WARNING);
        shown.lines.setLevel(Level.ALL);
        shown.logger.addHandler(shown.lines);
        return shown;
    }

    @Override
    public void close() {
        logger.removeHandler(lines);
        logger.setLevel(null);
        logger.setUseParentHandlers(true);
    }

    private static final class Lines extends Handler {
        private final PrintStream err;
        private final Formatter message = new SimpleFormatter();

        Lines(PrintStream err) {
            this.err = err;
        }

        @Override
        public void publish(LogRecord log) {
            if (isLoggable(log)) {
                err.println("dhmq: " + message.formatMessage(log));
            }
        }

        @Override
        public void flush() {
            err.flush();
        }

        /** Standard error is not ours to close. */
        @Override
        public void close() {
            flush();
        }
    }
}
