// SPDX-License-Identifier: GPL-2.0-or-later

// A pipeline over channels whose last stage takes one item each 50 ms, by a timer: the stages
// before it wait for room.
package main

import "time"

func produce(out chan<- uint64) {
	for number := uint64(0); ; number++ {
		out <- number
	}
}

func square(in <-chan uint64, out chan<- uint64) {
	for number := range in {
		out <- number * number
	}
}

func main() {
	numbers, squares := make(chan uint64, 16), make(chan uint64, 16)
	go produce(numbers)
	go square(numbers, squares)
	ready()
	for range squares {
		time.Sleep(50 * time.Millisecond)
		add("done", 1)
	}
}
