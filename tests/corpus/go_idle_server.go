// SPDX-License-Identifier: GPL-2.0-or-later

// An HTTP server without clients; twice a second it looks after its sessions.
package main

import (
	"net"
	"net/http"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			add("done", 1)
		}
	}()
	ready()
	panic(http.Serve(listener, http.NotFoundHandler()))
}
