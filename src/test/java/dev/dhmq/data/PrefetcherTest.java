package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PrefetcherTest {
    @Test
    void itemsComeInOrder() {
        int[] order = IntStream.range(0, 200).map(i -> (i * 77) % 200).toArray();
        List<Integer> items = new ArrayList<>();
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(i -> i * 10, order, 3)) {
            prefetcher.forEachRemaining(items::add);
            assertThat(prefetcher.hasNext()).isFalse();
            assertThatThrownBy(prefetcher::next).isInstanceOf(NoSuchElementException.class);
        }
        assertThat(items).isEqualTo(IntStream.of(order).mapToObj(i -> i * 10).toList());
    }

    @Test
    void anEmptyOrderHasNoItems() {
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(i -> i, new int[0], 1)) {
            assertThat(prefetcher.hasNext()).isFalse();
        }
    }

    @Test
    void aFailureComesInItsPlaceAndStays() {
        InvalidInputException failure = new InvalidInputException("picture 2 is broken.");
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(
                i -> {
                    if (i == 2) {
                        throw failure;
                    }
                    return i;
                },
                new int[] {0, 1, 2, 3},
                8)) {
            assertThat(prefetcher.next()).isZero();
            assertThat(prefetcher.next()).isEqualTo(1);
            assertThat(prefetcher.hasNext()).isTrue();
            assertThatThrownBy(prefetcher::next).isSameAs(failure);
            assertThatThrownBy(prefetcher::next).isSameAs(failure);
        }
    }

    @Test
    void noMoreThanAskedForIsMadeAhead() throws InterruptedException {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch sixthBegun = new CountDownLatch(6);
        try (Prefetcher<Integer> prefetcher = new Prefetcher<>(
                i -> {
                    sixthBegun.countDown();
                    return made.incrementAndGet();
                },
                IntStream.range(0, 1000).toArray(),
                4)) {
            prefetcher.next();
            // One consumed, four waiting, one in hand.
            sixthBegun.await();
            assertThat(made.get()).isLessThanOrEqualTo(6);
        }
        assertThat(made.get()).isLessThanOrEqualTo(6);
    }

    @Test
    void closingEarlyEndsTheLoaderEvenIfItSwallowsTheInterrupt() {
        Set<Thread> loaders = ConcurrentHashMap.newKeySet();
        Prefetcher<Integer> prefetcher = new Prefetcher<>(
                i -> {
                    loaders.add(Thread.currentThread());
                    Thread.interrupted();
                    return i;
                },
                IntStream.range(0, 1000).toArray(),
                1);
        prefetcher.next();
        prefetcher.close();
        prefetcher.close();
        assertThat(loaders).hasSize(1).noneMatch(Thread::isAlive);
        assertThatThrownBy(prefetcher::next).isInstanceOf(IllegalStateException.class);
    }
}
