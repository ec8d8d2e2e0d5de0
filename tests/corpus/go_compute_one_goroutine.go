// SPDX-License-Identifier: GPL-2.0-or-later

// One goroutine counts primes while other cores are free. Advised: one for each core.
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
	for i := 1; advised && i < runtime.NumCPU(); i++ {
		go work()
	}
	work()
}
