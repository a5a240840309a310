package patterns_test

import (
	"fmt"
	"time"

	"redisduel/patterns"
)

// 2,000 requests a second, each of which holds a connection for 5 ms, of which
// the network takes 1: ten are in use on average.
func ExamplePoolSize() {
	fmt.Println(patterns.PoolSize(2000, 5*time.Millisecond))
	// Output: 15
}
