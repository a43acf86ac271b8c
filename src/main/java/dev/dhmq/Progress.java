package dev.dhmq;

/** Hears how far long work has come. Implementations must be quick; they are called on the thread that does the work. */
public interface Progress {
    /** Hears nothing. */
    Progress NONE = (task, steps) -> note -> {};

    /** A task of this many steps begins; close the result when it ends, also when it fails. */
    Task start(String task, long steps);

    /** One running task. */
    interface Task extends AutoCloseable {
        /** One more step is done. {@code note} is a few words on it, such as a loss; may be empty. */
        void advance(String note);

        @Override
        default void close() {}
    }
}
