package quantity

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestQuantitiesReadNaturally(t *testing.T) {
	for _, test := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "ns", "0 s"},
		{1, "x", "1.00×"},
		{3, "x", "3.0×"},
		{853, "ns", "853 ns"},
		{1500, "ns", "1.50 µs"},
		{999_600, "ns", "1.00 ms"},
		{1.09e6, "ns", "1.09 ms"},
		{2.5e9, "ns", "2.50 s"},
		{-1.2e6, "ns", "-1.20 ms"},
		{6e11, "ns", "600 s"},
		{31, "B", "31 B"},
		{30.5, "B", "30.5 B"},
		{999.9, "B", "1.00 kB"},
		{8.2e9, "B", "8.20 GB"},
		{12345, "ops/s", "12 345 ops/s"},
		{12345.6, "ops/s", "12 346 ops/s"},
		{0.012, "reads", "0.0120 reads"},
		{3, "", "3"},
		{1, "calls", "1 call"},
		{-1, "connections", "-1 connection"},
		{0, "calls", "0 calls"},
		{1, "ops/s", "1 ops/s"},
		{1, "ms", "1 ms"},
		{1, "lock times", "1 lock time"},
		{1e20, "", "1e+20"},
		{math.NaN(), "ns", "n/a"},
		{math.Inf(1), "B", "n/a"},
		{math.Inf(-1), "", "n/a"},
	} {
		if got := strings.ReplaceAll(Format(test.value, test.unit), Thin, " "); got != test.want {
			t.Errorf("quantity(%v, %q) = %q, want %q", test.value, test.unit, got, test.want)
		}
	}
}

func TestRatiosShowTheFiguresThatMatter(t *testing.T) {
	for value, want := range map[float64]string{
		1: "1.00×", 1.02: "1.02×", 1.996: "2.0×", 4.09: "4.1×", 9.96: "10×", 320.4: "320×",
		0.24: "0.24×", 0.0012: "0.0012×", 1e7: "1e+07×", math.NaN(): "n/a", math.Inf(1): "n/a",
	} {
		if got := Ratio(value); got != want {
			t.Errorf("ratio(%v) = %q, want %q", value, got, want)
		}
	}
}

func TestAChosenDurationHasNoTrailingZeros(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 ms", 250 * time.Microsecond: "250 µs", 2500 * time.Millisecond: "2.5 s", 0: "0 s", 10 * time.Second: "10 s",
	} {
		if got := Asked(d); got != want {
			t.Errorf("asked(%v) = %q, want %q", d, got, want)
		}
	}
}
