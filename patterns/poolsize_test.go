package patterns_test

import (
	"math"
	"testing"
	"time"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

func TestThePoolSizeFollowsFromLittlesLaw(t *testing.T) {
	for _, test := range []struct {
		perSecond float64
		hold      time.Duration
		want      int // by the formula
		twin      int // by the average
	}{
		{0, time.Millisecond, 50, 50}, // not known
		{1000, 0, 50, 50},
		{-1, time.Millisecond, 50, 50},
		{math.NaN(), time.Millisecond, 50, 50},
		{0.001, time.Millisecond, 1, 1},
		{100, 20 * time.Millisecond, 3, 2},
		{0.1, 20 * time.Second, 3, 2},
		{1000, time.Millisecond, 2, 1},
		{910, 10 * time.Millisecond, 14, 10},
		{1000, 250 * time.Millisecond, 375, 250},
		{33_333, time.Millisecond, 50, 34},
		{1e9, time.Second, 10_000, 10_000},
		{math.Inf(1), time.Second, 10_000, 10_000},
	} {
		if got := patterns.PoolSize(test.perSecond, test.hold); got != test.want {
			t.Errorf("%v a second for %v each: %d connections, want %d", test.perSecond, test.hold, got, test.want)
		}
		if got := antipatterns.PoolSize(test.perSecond, test.hold); got != test.twin {
			t.Errorf("%v a second for %v each: the twin gives %d connections, want %d", test.perSecond, test.hold, got, test.twin)
		}
	}
}
