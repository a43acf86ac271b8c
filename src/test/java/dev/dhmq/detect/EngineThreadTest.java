package dev.dhmq.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineThreadTest {
    private final EngineThread thread = new EngineThread();
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void calm() {
        assertThat(Thread.interrupted())
                .as("a test left its thread interrupted")
                .isFalse();
    }

    @Test
    void anInterruptedCallerIsSentAwayHoweverShortTheWork() {
        for (int i = 0; i < 100; i++) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> thread.run(() -> done.add("work"))).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
        thread.close(() -> done.add("release"));
        assertThat(done).containsExactly("release");
    }

    @Test
    void anInterruptedCallerReleasesNonetheless() {
        Thread.currentThread().interrupt();
        thread.close(() -> done.add("release"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(done).containsExactly("release");
    }

    @Test
    void releasesAfterWorkThatHasBegun() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Thread caller = Thread.startVirtualThread(() -> thread.run(() -> {
            begun.countDown();
            mayEnd.await();
            return done.add("work");
        }));
        begun.await();
        Thread closer = Thread.startVirtualThread(() -> thread.close(() -> done.add("release")));
        mayEnd.countDown();
        caller.join();
        closer.join();
        assertThat(done).containsExactly("work", "release");
    }

    @Test
    void whatWasLoadedForAnInterruptedCallerIsReleased() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Thread caller = Thread.startVirtualThread(() -> {
            try {
                EngineThread.load(
                        _ -> {
                            begun.countDown();
                            mayEnd.await();
                            return "engine";
                        },
                        engine -> done.add("released " + engine));
            } catch (CancellationException e) {
                done.add("sent away");
            }
        });
        begun.await();
        caller.interrupt();
        while (caller.isInterrupted()) { // until it has noticed, which it must before loading ends
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        caller.join();
        assertThat(done).containsExactly("released engine", "sent away");
    }

    @Test
    void whatCannotBeLoadedIsTold() {
        assertThatThrownBy(() -> EngineThread.load(
                        _ -> {
                            throw new IllegalStateException("no such thing");
                        },
                        engine -> done.add("released " + engine)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("no such thing");
        assertThat(done).isEmpty();
    }

    @Test
    void aReleaseThatFailsIsTold() {
        assertThatThrownBy(() -> thread.close(() -> {
                    throw new IllegalStateException("stuck");
                }))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("stuck");
    }
}
