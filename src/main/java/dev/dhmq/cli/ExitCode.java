package dev.dhmq.cli;

/** What the process says to the shell when it ends. */
final class ExitCode {
    /** All was done. */
    static final int FINE = 0;

    /** The work failed for a reason that is not in the input. */
    static final int FAILED = 1;

    /** The command line or a file it names cannot be used. */
    static final int BAD_INPUT = 2;

    /** Stopped by Ctrl-C. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
