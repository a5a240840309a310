package bench

import (
	"math"
	"testing"
)

func TestACheckReportsTheTrialFurthestFromWhatWasWanted(t *testing.T) {
	of := func(t *Trial) float64 { return float64(t.Round) / 10 }
	for _, c := range []struct {
		name     string
		rounds   []int
		min, max float64
		got      float64
		ok       bool
	}{
		{"all within", []int{10, 11, 9}, 0.8, 1.2, 1.1, true},
		{"one above", []int{10, 30, 9}, 0.8, 1.2, 3, false},
		{"one below", []int{10, 1, 11}, 0.8, 1.2, 0.1, false},
		{"exactly", []int{10, 10}, 1, 1, 1, true},
		{"off an exact value", []int{10, 11}, 1, 1, 1.1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trials []Trial
			for _, r := range c.rounds {
				trials = append(trials, Trial{Round: r})
			}
			result := Check{Name: "n", Side: Pattern, Of: of, Min: c.min, Max: c.max}.over(trials)
			if result.OK != c.ok || math.Abs(float64(result.Got)-c.got) > 1e-9 {
				t.Errorf("got %v, ok %v; want %v, ok %v", result.Got, result.OK, c.got, c.ok)
			}
		})
	}
}

func TestACheckWithoutANumberFails(t *testing.T) {
	check := Check{Of: func(*Trial) float64 { return math.NaN() }, Min: math.Inf(-1), Max: math.Inf(1)}
	if check.over([]Trial{{}}).OK {
		t.Error("NaN passed a check")
	}
	if check.over(nil).OK {
		t.Error("no trials passed a check")
	}
}
