package dev.dhmq.cli;

import java.io.PrintStream;

/** Says one word where the user stops the process before its work is done. Exits with 130. */
final class Interruption {
    private volatile boolean finished;

    private Interruption() {}

    /** Watches from now until {@link #finished()}. */
    static Interruption watch(PrintStream err) {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!interruption.finished) {
                // Terminals echo ^C, and a progress bar leaves its line open.
                err.println();
                err.println("Interrupted.");
                err.flush();
                // An orderly exit would take LibTorch down under the thread that still computes in it, and crash. Files
                // are written beside and renamed, so halting loses nothing.
                Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
            }
        }));
        return interruption;
    }

    /** The work is done: the process now ends by itself. */
    void finished() {
        finished = true;
    }
}
