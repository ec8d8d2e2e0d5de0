// SPDX-License-Identifier: GPL-2.0-or-later
// An executor of eight threads that gets a small task twice a second.
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class java_idle_executor {
    private java_idle_executor() {
    }

    public static void main(String[] arguments) throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 8; i++) {
            pool.submit(() -> Corpus.add("done", 1));
        }
        Corpus.ready();
        for (;;) {
            Thread.sleep(500);
            pool.submit(() -> Corpus.add("done", 1));
        }
    }
}
