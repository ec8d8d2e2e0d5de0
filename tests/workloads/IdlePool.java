// SPDX-License-Identifier: GPL-2.0-or-later
/* Eight workers of an executor that are given an empty task now and then: they only wait. */
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class IdlePool {
    public static void main(String[] arguments) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 8; i++)
            pool.submit(() -> { });
        System.out.println("ready " + ProcessHandle.current().pid());
        for (;;) {
            Thread.sleep(200);
            pool.submit(() -> { });
        }
    }
}
