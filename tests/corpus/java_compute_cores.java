// SPDX-License-Identifier: GPL-2.0-or-later
// An executor with one thread for each core counts primes, given to it by the main thread.
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class java_compute_cores {
    private java_compute_cores() {
    }

    private static Integer countPrimes() {
        int count = 0;
        for (int number = 3; number < 100_000; number += 2) {
            int divisor = 3;
            while (divisor * divisor <= number && number % divisor != 0) {
                divisor += 2;
            }
            count += divisor * divisor > number ? 1 : 0;
        }
        Corpus.add("done", 1);
        return count;
    }

    public static void main(String[] arguments) throws InterruptedException {
        int cores = Runtime.getRuntime().availableProcessors();
        ExecutorService pool = Executors.newFixedThreadPool(cores);
        List<Callable<Integer>> tasks = Collections.nCopies(1000, java_compute_cores::countPrimes);
        Corpus.ready();
        for (;;) {
            pool.invokeAll(tasks);
        }
    }
}
