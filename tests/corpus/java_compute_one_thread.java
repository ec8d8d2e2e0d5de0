// SPDX-License-Identifier: GPL-2.0-or-later
// Counts primes on the main thread while other cores are free. Advised: on a thread for each core.
public final class java_compute_one_thread {
    private java_compute_one_thread() {
    }

    private static int countPrimes() {
        int count = 0;
        for (int number = 3; number < 100_000; number += 2) {
            int divisor = 3;
            while (divisor * divisor <= number && number % divisor != 0) {
                divisor += 2;
            }
            count += divisor * divisor > number ? 1 : 0;
        }
        return count;
    }

    private static void work() {
        for (;;) {
            Corpus.add("done", countPrimes() > 0 ? 1 : 0);
        }
    }

    public static void main(String[] arguments) {
        int cores = Runtime.getRuntime().availableProcessors();
        Corpus.ready();
        for (int i = 1; Corpus.advised(arguments) && i < cores; i++) {
            new Thread(java_compute_one_thread::work).start();
        }
        work();
    }
}
