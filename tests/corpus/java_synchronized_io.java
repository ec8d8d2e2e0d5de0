// SPDX-License-Identifier: GPL-2.0-or-later
// Eight threads share one connection and hold its monitor while they wait for the answer.
// Advised: a connection for each thread, and no lock.
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;

public final class java_synchronized_io {
    private static final int THREADS = 8;
    private static final int WAIT_MS = 10;

    private java_synchronized_io() {
    }

    private static void work(Socket connection) {
        try {
            for (;;) {
                synchronized (connection) {
                    Corpus.get(connection, WAIT_MS);
                }
                Corpus.add("done", 1);
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Socket shared = Corpus.connect();
        Corpus.ready();
        for (int i = 0; i < THREADS; i++) {
            Socket connection = Corpus.advised(arguments) ? Corpus.connect() : shared;
            new Thread(() -> work(connection), "worker-" + i).start();
        }
    }
}
