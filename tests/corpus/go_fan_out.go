// SPDX-License-Identifier: GPL-2.0-or-later

// Two hundred goroutines, each with one request in flight at a slow server.
package main

func fetch(waitMs int) {
	connection := connect()
	for {
		get(connection, waitMs)
		add("done", 1)
	}
}

func main() {
	for i := 0; i < 200; i++ {
		go fetch(400 + 2*i) // they differ, so that the answers do not come all at once
	}
	ready()
	select {}
}
