// SPDX-License-Identifier: GPL-2.0-or-later
// Eight workers that wait at a channel for an empty task now and then.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	work := make(chan func())
	for i := 0; i < 8; i++ {
		go func() {
			for task := range work {
				task()
			}
		}()
	}
	fmt.Println("ready", os.Getpid())
	for {
		time.Sleep(20 * time.Millisecond)
		work <- func() {}
	}
}
