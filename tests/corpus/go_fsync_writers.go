// SPDX-License-Identifier: GPL-2.0-or-later

// Eight goroutines that each write records into a log of their own, round and round, and wait
// until the disk has each.
package main

import (
	"fmt"
	"os"
	"syscall"
)

const (
	recordSize = 1 << 20
	records    = 16
	tmpfs      = 0x01021994
	exitSkip   = 77
)

func write(file *os.File) {
	record := make([]byte, recordSize)
	for {
		for at := int64(0); at < records; at++ {
			if _, err := file.WriteAt(record, at*recordSize); err != nil {
				panic(err)
			}
			if err := file.Sync(); err != nil {
				panic(err)
			}
		}
		add("done", records)
	}
}

func main() {
	var here syscall.Statfs_t
	if syscall.Statfs(".", &here) == nil && here.Type == tmpfs {
		fmt.Fprintln(os.Stderr, "the temporary directory is in memory: fsync waits for nothing")
		os.Exit(exitSkip)
	}
	for i := 0; i < 8; i++ {
		file, err := os.Create(fmt.Sprintf("log-%d", i))
		if err != nil {
			panic(err)
		}
		go write(file)
	}
	ready()
	select {}
}
