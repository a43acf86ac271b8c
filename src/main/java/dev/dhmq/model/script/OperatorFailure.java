package dev.dhmq.model.script;

import org.jspecify.annotations.Nullable;

/** What went wrong in an operator of ours on this thread; LibTorch lies between it and who can be told. */
final class OperatorFailure {
    private static final ThreadLocal<@Nullable Throwable> LAST = new ThreadLocal<>();

    private OperatorFailure() {}

    /** The first failure counts; others follow from it. */
    static void remember(Throwable failure) {
        if (LAST.get() == null) {
            LAST.set(failure);
        }
    }

    /** The failure since the last call of this method, or null. */
    static @Nullable Throwable take() {
        Throwable failure = LAST.get();
        LAST.remove();
        return failure;
    }
}
