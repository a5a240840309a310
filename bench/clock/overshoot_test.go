package clock_test

import (
	"slices"
	"testing"
	"time"

	"redisduel/bench/clock"
)

// BenchmarkOvershoot waits, idle, and reports how long after the moment asked
// for each way of waiting returned.
func BenchmarkOvershoot(b *testing.B) {
	for _, wait := range []time.Duration{
		50 * time.Microsecond, 250 * time.Microsecond, time.Millisecond,
		2500 * time.Microsecond, 25 * time.Millisecond,
	} {
		for _, c := range []clock.Clock{clock.Precise(), clock.Runtime()} {
			b.Run(wait.String()+"/"+c.String(), func(b *testing.B) {
				timer, err := c.NewTimer()
				if err != nil {
					b.Fatal(err)
				}
				defer timer.Close()
				benchmarkOvershoot(b, wait, func(t time.Time) { timer.WaitUntil(t) })
			})
		}
		b.Run(wait.String()+"/sleep", func(b *testing.B) {
			benchmarkOvershoot(b, wait, func(t time.Time) { time.Sleep(time.Until(t)) })
		})
	}
}

func benchmarkOvershoot(b *testing.B, wait time.Duration, until func(time.Time)) {
	var late []time.Duration
	for b.Loop() {
		t := time.Now().Add(wait)
		until(t)
		late = append(late, time.Since(t))
	}
	slices.Sort(late)
	b.ReportMetric(float64(late[len(late)/2]), "p50-overshoot-ns")
	b.ReportMetric(float64(late[len(late)*99/100]), "p99-overshoot-ns")
}
