package report

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"redisduel/bench/quantity"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

func TestTheMarksOfAnAxisComeToAnEnd(t *testing.T) {
	for _, high := range []float64{5e-324, 1e-300, 1e-9, 0.3, 1, 7, 8.1, 9.99, 1e9, 1e300, math.MaxFloat64} {
		marks := linearTicks(high, "ops")
		if len(marks) == 0 || len(marks) > 11 {
			t.Errorf("an axis up to %g has %d marks, want 1 to 11", high, len(marks))
		}
		if last := marks[len(marks)-1].Value; !quantity.Finite(last) {
			t.Errorf("an axis up to %g ends at %g", high, last)
		}
	}
}

func TestAMarkHasNoTrailingZeros(t *testing.T) {
	for want, v := range map[string]float64{"2 ms": 2e6, "2.5 ms": 2.5e6, "10 ms": 1e7, "200 ms": 2e8, "0 s": 0} {
		if got := tickText(v, "ns"); got != want {
			t.Errorf("%g ns is marked %q, want %q", v, got, want)
		}
	}
	if got := tickText(1.5, "x"); got != "1.5×" {
		t.Errorf("a ratio is marked %q, want 1.5×", got)
	}
}

func TestLabelsOfAnAxisDoNotTouch(t *testing.T) {
	for _, high := range []float64{1.5, 4, 40, 400, 4e5} { // as many times the low end
		p := newPlot()
		valueAxis(&p.X, 1e6, high*1e6, "ns")
		for _, length := range []vg.Length{30, 100, 350} {
			loosened(&p.X, length)
			if tight(&p.X, length) {
				t.Errorf("on %v points the labels of %v to %v touch", length, time.Millisecond, time.Duration(high*1e6))
			}
			if !slices.ContainsFunc(p.X.Tick.Marker.Ticks(0, 0), func(m plot.Tick) bool { return m.Label != "" }) {
				t.Errorf("on %v points no label is left of %v to %v", length, time.Millisecond, time.Duration(high*1e6))
			}
		}
	}
}

func TestATitleOfTwoLinesIsBalanced(t *testing.T) {
	style := bold(sans(titleSize, ink))
	const title = "The anti-pattern was worse in each of 5 rounds: 119 to 147 ms against 2.10 to 6.84 ms"
	lines := balanced(title, style, chartWidth-2*margin, 3)
	if len(lines) != 2 || lines[0] != "The anti-pattern was worse in each of 5 rounds:" {
		t.Errorf("the lines are %q", lines)
	}
	if got := strings.Join(lines, " "); got != title {
		t.Errorf("together they are %q", got)
	}
}

func TestALongWordBreaksAfterAHyphen(t *testing.T) {
	count := func(s string) float64 { return float64(len(s)) }
	for text, want := range map[string][]string{
		"compare-and-delete":  {"compare-and-", "delete"},
		"incomprehensible-ly": {"incomprehensi", "ble-ly"},
		"-------------------": {"-------------", "------"},
	} {
		if got := wrap(text, 13, count); !slices.Equal(got, want) {
			t.Errorf("%q is broken into %q, want %q", text, got, want)
		}
	}
}
