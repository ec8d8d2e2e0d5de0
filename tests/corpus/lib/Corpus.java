// SPDX-License-Identifier: GPL-2.0-or-later
// Shared code of the Java corpus programs: variant, server, figures. Reads CORPUS_SERVER,
// WORKLOAD_TRUTH and the argument "advised"; prints "ready PID" and the figures.
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

final class Corpus {
    private static final Map<String, Integer> PLACES = new HashMap<>();
    private static final MappedByteBuffer PAGE = map();

    private Corpus() {
    }

    private static MappedByteBuffer map() {
        String path = System.getenv("WORKLOAD_TRUTH");
        if (path == null) {
            return null;
        }
        try (RandomAccessFile file = new RandomAccessFile(path, "rw")) {
            MappedByteBuffer page = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 4096);
            page.order(ByteOrder.LITTLE_ENDIAN);
            return page;
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    static boolean advised(String[] arguments) {
        return arguments.length > 0 && arguments[0].equals("advised");
    }

    /** Adds to a figure; threads may share it. */
    static synchronized void add(String name, long more) {
        Integer place = PLACES.get(name);
        if (PAGE == null) {
            return;
        }
        if (place == null) {
            place = PLACES.size() * 32;
            PLACES.put(name, place);
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < bytes.length; i++) {
                PAGE.put(place + i, bytes[i]);
            }
        }
        PAGE.putLong(place + 24, PAGE.getLong(place + 24) + more);
    }

    static void ready() {
        System.out.println("ready " + ProcessHandle.current().pid());
    }

    static Socket connect() throws IOException {
        String[] server = System.getenv("CORPUS_SERVER").split(":");
        Socket socket = new Socket(server[0], Integer.parseInt(server[1]));
        socket.setTcpNoDelay(true);
        return socket;
    }

    /* * One request on a new connection, and its small answer. */
    static void get(Socket socket, int waitMs) throws IOException {
        byte[] answer = new byte[512];
        socket.getOutputStream().write(("GET /wait/" + waitMs + " HTTP/1.1\r\nHost: x\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        if (in.read(answer) <= 0) {
            throw new IOException("no answer");
        }
    }
}
