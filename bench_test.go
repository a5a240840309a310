package redisduel

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/scenarios"
)

// rtt is the round-trip time of the emulated network in the benchmarks.
const rtt = time.Millisecond

// Benchmark runs both sides of every scenario with one caller. The
// anti-pattern comes first, so that `benchstat -col /impl` takes it as the
// base. `go test -bench ./...` finds it because the name matches the first
// element of that pattern, ".", and the names below it match the second.
func Benchmark(b *testing.B) {
	for _, s := range scenarios.All() {
		b.Run(s.Name, func(b *testing.B) {
			arena := benchtest.Arena(b, &s, rtt)
			for _, side := range []string{bench.AntiPattern, bench.Pattern} {
				b.Run("impl="+side+"/rtt="+rtt.String(), func(b *testing.B) {
					benchtest.Loop(b, arena, &s, side)
				})
			}
		})
	}
}
