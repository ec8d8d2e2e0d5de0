// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps a cache that nearly fills a small heap and replaces its entries: the collector, which
// stops the program and computes, takes most of the time. Starts itself again with that heap.
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

public final class java_gc_bound {
    private static final int ENTRIES = 1_000_000;

    private java_gc_bound() {
    }

    private static void again() throws Exception {
        String java = System.getProperty("java.home") + "/bin/java";
        new ProcessBuilder(java, "-Xms128m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch",
            "-XX:-UseGCOverheadLimit", "-cp", System.getProperty("java.class.path"),
            java_gc_bound.class.getName(), "small").inheritIO().start().waitFor();
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0 || !arguments[0].equals("small")) {
            again();
            return;
        }
        List<long[]> cache = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ENTRIES; i++) {
            cache.add(new long[8]);
        }
        Corpus.ready();
        for (;;) {
            for (int i = 0; i < 10_000; i++) {
                cache.set(random.nextInt(ENTRIES), new long[8]);
            }
            Corpus.add("done", 1);
        }
    }
}
