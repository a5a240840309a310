package bench

import (
	"slices"
	"testing"
)

func TestEveryEvenRoundMirrorsTheOneBefore(t *testing.T) {
	for r := 1; r < 12; r += 2 {
		mirrored := order(r+1, arms)
		slices.Reverse(mirrored)
		if got := order(r, arms); !slices.Equal(got, mirrored) {
			t.Errorf("round %d runs %v, round %d the mirror of %v", r, got, r+1, mirrored)
		}
	}
}

func TestSixRoundsGiveEachSideEachPositionTwice(t *testing.T) {
	type place struct {
		side string
		slot int
	}
	seen := map[place]int{}
	for r := 1; r <= 6; r++ {
		for slot, side := range order(r, arms) {
			seen[place{side, slot}]++
		}
	}
	if got, want := len(seen), len(arms)*len(arms); got != want {
		t.Errorf("%d combinations of side and position, want %d", got, want)
	}
	for p, n := range seen {
		if n != 2 {
			t.Errorf("the %s is %d times at position %d, want 2", p.side, n, p.slot+1)
		}
	}
}
