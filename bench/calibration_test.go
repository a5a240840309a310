package bench_test

import (
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/quantity"
)

func TestARunMeasuresWhatItCostsItself(t *testing.T) {
	benchtest.Counts(t)
	c, _ := config(t, short(1, 100*time.Millisecond))
	result, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	all := result.Duels[0].Calibrations
	if len(all) != 2 {
		t.Fatalf("%d calibrations, want one of each side", len(all))
	}
	for i, side := range []string{bench.Pattern, bench.AntiPattern} {
		got := all[i]
		if got.Side != side || got.Why != "" || got.Ops == 0 || got.Exchanges != i+1 {
			t.Errorf("got %+v, want one of the %s with %d exchanges", got, side, i+1)
		}
		// The link's part is a difference, which noise can make negative.
		if got.Generator <= 0 || got.Client <= 0 || !quantity.Finite(float64(got.Share)) || got.Low > got.High {
			t.Errorf("the %s: got %+v, want numbers", side, got)
		}
	}
}

func TestAQuickRunMeasuresNoCostOfItsOwn(t *testing.T) {
	set := short(1, 100*time.Millisecond)
	set.Quick = true
	c, _ := config(t, set)
	result, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Duels[0].Calibrations; got != nil {
		t.Errorf("got %+v, want none", got)
	}
}
