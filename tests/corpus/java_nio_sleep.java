// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway on one NIO selector whose handler keeps to a rate with Thread.sleep.
// Advised: an executor's threads sleep.
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class java_nio_sleep {
    private static final int UPSTREAMS = 4;
    private static final long BEAT_NS = 10_000_000;
    private static final ByteBuffer ANSWER = ByteBuffer.allocate(512);

    private java_nio_sleep() {
    }

    private static void ask(SocketChannel upstream) throws IOException {
        upstream.write(ByteBuffer.wrap("GET /wait/100 HTTP/1.1\r\nHost: x\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII)));
    }

    private static Void handle(SocketChannel upstream) throws Exception {
        Thread.sleep(25);
        ask(upstream);
        return null;
    }

    public static void main(String[] arguments) throws Exception {
        boolean advised = Corpus.advised(arguments);
        String[] server = System.getenv("CORPUS_SERVER").split(":");
        ExecutorService pool = Executors.newFixedThreadPool(UPSTREAMS);
        Selector selector = Selector.open();
        for (int i = 0; i < UPSTREAMS; i++) {
            SocketChannel upstream = SocketChannel.open(
                new InetSocketAddress(server[0], Integer.parseInt(server[1])));
            upstream.configureBlocking(false);
            upstream.register(selector, SelectionKey.OP_READ);
            ask(upstream);
        }
        Corpus.ready();
        for (long due = System.nanoTime() + BEAT_NS;;) {
            selector.select(Math.max(1, (due - System.nanoTime()) / 1_000_000));
            for (SelectionKey key : selector.selectedKeys()) {
                SocketChannel upstream = (SocketChannel) key.channel();
                upstream.read(ANSWER.clear());
                Callable<Void> work = () -> handle(upstream);
                if (advised) {
                    pool.submit(work);
                } else {
                    work.call();
                }
            }
            selector.selectedKeys().clear();
            long late = System.nanoTime() - due;
            if (late >= 0) {
                Corpus.add("late_ns", late);
                Corpus.add("beats", 1);
                due = System.nanoTime() + BEAT_NS;
            }
        }
    }
}
