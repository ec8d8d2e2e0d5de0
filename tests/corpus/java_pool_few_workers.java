// SPDX-License-Identifier: GPL-2.0-or-later
// Two threads of an executor ask a slow server for a long list of things. Advised: 8 threads.
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class java_pool_few_workers {
    private static final int WAIT_MS = 40;
    private static final ThreadLocal<Socket> CONNECTION = ThreadLocal.withInitial(() -> {
        try {
            return Corpus.connect();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    });

    private java_pool_few_workers() {
    }

    private static Void fetch() throws IOException {
        Corpus.get(CONNECTION.get(), WAIT_MS);
        Corpus.add("done", 1);
        return null;
    }

    public static void main(String[] arguments) throws InterruptedException {
        int threads = Corpus.advised(arguments) ? 8 : 2;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Callable<Void>> requests = Collections.nCopies(400, java_pool_few_workers::fetch);
        Corpus.ready();
        for (;;) {
            pool.invokeAll(requests);
        }
    }
}
