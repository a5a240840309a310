package benchtest

import (
	"fmt"
	"os"
	"runtime"
	"testing"
)

// Holdings is what the process has of the things that leak.
type Holdings struct {
	Files, Goroutines int
	Resident          int64 // bytes
}

// TakeStock says what the process has now.
func TakeStock(tb testing.TB) Holdings {
	tb.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		tb.Fatal(err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Fatal(err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		tb.Fatal(err)
	}
	return Holdings{len(files), runtime.NumGoroutine(), resident * int64(os.Getpagesize())}
}
