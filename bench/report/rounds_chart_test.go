package report

import (
	"math"
	"strings"
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

// roundsOf draws the rounds of a duel.
func roundsOf(t *testing.T, d *bench.Duel) []byte {
	t.Helper()
	sides, err := sidesOf(d)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := drawRounds(d, sides)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// pairsIn are the pairs of a duel.
func pairsIn(t *testing.T, d *bench.Duel) []pairOf {
	t.Helper()
	sides, err := sidesOf(d)
	if err != nil {
		t.Fatal(err)
	}
	return pairsOf(roundSides(d, sides))
}

func TestTheRoundsOfADuelLookAsTheyDid(t *testing.T) {
	d := pipelining()
	d.Trials[9].Disturbed = "the generator was late"
	sharply(t)
	like(t, "pipelining-rounds.png", roundsOf(t, &d))
}

func TestTheTitleOfTheRoundsCountsThem(t *testing.T) {
	d := pipelining()
	if got := roundsTitle(&d, pairsIn(t, &d)); !strings.HasPrefix(got, "The anti-pattern was worse in each of 4 rounds: 10") {
		t.Errorf("the title is %q", got)
	}
	d.Trials[9].Disturbed = "the generator was late"
	if got := roundsTitle(&d, pairsIn(t, &d)); !strings.Contains(got, "in each of 3 rounds") {
		t.Errorf("with a disturbed round the title is %q", got)
	}
	d.Primary.Untimed = true
	if got := roundsTitle(&d, pairsIn(t, &d)); !strings.Contains(got, "in each of 4 rounds") {
		t.Errorf("of a count, which a disturbed round has all the same, the title is %q", got)
	}
	d.Primary.Untimed = false
	d.Primary.Better = stats.Higher
	if got := roundsTitle(&d, pairsIn(t, &d)); !strings.Contains(got, "in none of 3 rounds") {
		t.Errorf("where more is better the title is %q", got)
	}
	d.Comparison.Verdict = stats.NoDifference
	if got := roundsTitle(&d, pairsIn(t, &d)); !strings.HasPrefix(got, "No measurable difference in 3 rounds: ") || strings.Contains(got, "worse") {
		t.Errorf("without a measurable difference the title is %q", got)
	}
}

func TestARangeNamesItsUnitOnce(t *testing.T) {
	for _, c := range []struct {
		values []float64
		unit   string
		want   string
	}{
		{[]float64{1.1e6, 1.3e6}, "ns", "1.10 to 1.30 ms"},
		{[]float64{9e5, 1.3e6}, "ns", "900 µs to 1.30 ms"},
		{[]float64{7, 7}, "loads", "7 loads"},
		{[]float64{0, 3}, "", "0 to 3"},
	} {
		if got := legible(span(c.values, c.unit)); got != c.want {
			t.Errorf("the range of %v is %q, want %q", c.values, got, c.want)
		}
	}
}

func TestRoundsWithoutAPairAreNotDrawn(t *testing.T) {
	d := pipelining()
	for i := range d.Trials {
		if d.Trials[i].Side == bench.AntiPattern {
			d.Trials[i].Values = nil
		}
	}
	if picture := roundsOf(t, &d); picture != nil {
		t.Errorf("drew %d bytes", len(picture))
	}
}

func TestAnyValueOfARoundCanBeDrawn(t *testing.T) {
	for _, v := range []float64{0, -5, 5e-324, math.MaxFloat64, -math.MaxFloat64, 106} {
		d := pipelining()
		for i := range d.Trials {
			d.Trials[i].Values[d.Primary.Name] = stats.Float(v)
		}
		roundsOf(t, &d)
	}
}
