// SPDX-License-Identifier: GPL-2.0-or-later

// Shared code of the Go corpus programs: variant, server, figures. Reads CORPUS_SERVER,
// WORKLOAD_TRUTH and the argument "advised"; prints "ready PID" and the figures.
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
)

var (
	advised = len(os.Args) > 1 && os.Args[1] == "advised"
	page    = mapPage()
	lock    sync.Mutex
	places  = map[string]int{}
)

func mapPage() []byte {
	file, err := os.OpenFile(os.Getenv("WORKLOAD_TRUTH"), os.O_RDWR, 0)
	if err != nil {
		return make([]byte, 4096)
	}
	defer file.Close()
	bytes, err := syscall.Mmap(int(file.Fd()), 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return bytes
}

// add adds to a figure; goroutines may share it.
func add(name string, more uint64) {
	lock.Lock()
	defer lock.Unlock()
	at, known := places[name]
	if !known {
		at = len(places) * 32
		places[name] = at
		copy(page[at:at+24], name)
	}
	value := page[at+24 : at+32]
	binary.LittleEndian.PutUint64(value, binary.LittleEndian.Uint64(value)+more)
}

func ready() {
	fmt.Println("ready", os.Getpid())
}

func connect() net.Conn {
	connection, err := net.Dial("tcp", os.Getenv("CORPUS_SERVER"))
	if err != nil {
		panic(err)
	}
	return connection
}

// get makes one request and takes its small answer.
func get(connection net.Conn, waitMs int) {
	answer := make([]byte, 512)
	fmt.Fprintf(connection, "GET /wait/%d HTTP/1.1\r\nHost: x\r\n\r\n", waitMs)
	if count, err := connection.Read(answer); err != nil || count == 0 {
		panic(err)
	}
}
