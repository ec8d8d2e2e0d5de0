// SPDX-License-Identifier: GPL-2.0-or-later
// An HTTP server under load from its own clients; some requests compute for 30 ms.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		for end := time.Now().Add(30 * time.Millisecond); time.Now().Before(end); {
		}
		io.WriteString(w, "x")
	})
	go http.Serve(listener, nil)
	for i := 0; i < 4; i++ {
		go func() {
			for {
				answer, err := http.Get("http://" + listener.Addr().String())
				if err == nil {
					io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	fmt.Println("ready", os.Getpid())
	select {}
}
