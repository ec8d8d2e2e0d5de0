// SPDX-License-Identifier: GPL-2.0-or-later

// One goroutine asks a slow server for one thing after the other. Advised: eight goroutines.
package main

const waitMs = 20

func fetch() {
	connection := connect()
	for {
		get(connection, waitMs)
		add("done", 1)
	}
}

func main() {
	ready()
	if advised {
		for i := 0; i < 7; i++ {
			go fetch()
		}
	}
	fetch()
}
