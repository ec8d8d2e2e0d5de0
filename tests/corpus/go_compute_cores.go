// SPDX-License-Identifier: GPL-2.0-or-later

// A goroutine for each core counts primes.
package main

import "runtime"

func countPrimes() uint64 {
	var count uint64
	for number := 3; number < 100000; number += 2 {
		divisor := 3
		for divisor*divisor <= number && number%divisor != 0 {
			divisor += 2
		}
		if divisor*divisor > number {
			count++
		}
	}
	return count
}

func work() {
	for {
		add("primes", countPrimes())
		add("done", 1)
	}
}

func main() {
	ready()
	for i := 1; i < runtime.NumCPU(); i++ {
		go work()
	}
	work()
}
