// SPDX-License-Identifier: GPL-2.0-or-later
// A Java NIO server whose selector thread sleeps 50 ms now and then. Truth: Thread.sleep is it.
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;

public class NioLoop {
    public static void main(String[] arguments) throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("127.0.0.1", 0));
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        System.out.println("ready " + ProcessHandle.current().pid());
        for (int turn = 0;; turn++) {
            selector.select(10);
            if (turn % 10 == 0) {
                Thread.sleep(50);
            }
        }
    }
}
