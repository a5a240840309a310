package report

import (
	"math"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"

	"github.com/google/go-cmp/cmp"
)

// watchedScan is scan with timelines: two halts of the server beside the
// anti-pattern, none beside the pattern.
func watchedScan() bench.Duel {
	d := scan()
	for i := range d.Trials {
		t := &d.Trials[i]
		waits := make([]time.Duration, 50)
		for j := range waits {
			waits[j] = time.Millisecond + time.Duration(j*7%5)*100*time.Microsecond
			for _, start := range []int{4, 30} {
				if left := start + 12 - j; t.Side == bench.AntiPattern && j >= start && left > 0 {
					waits[j] = time.Duration(left) * 10 * time.Millisecond
				}
			}
		}
		t.Bystander.Timeline = &load.Timeline{Step: 10 * time.Millisecond, Max: waits}
	}
	return d
}

func timelineFor(t *testing.T, d *bench.Duel) []byte {
	t.Helper()
	sides, err := sidesOf(d)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := drawTimeline(d, sides)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestTheTimelineOfABystanderLooksAsItDid(t *testing.T) {
	d := watchedScan()
	sharply(t)
	like(t, "scan-timeline.png", timelineFor(t, &d))
}

func TestAStallIsCountedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		waits, want []time.Duration
	}{
		"calm":                  {[]time.Duration{1, 2, 10}, nil},
		"one halt":              {[]time.Duration{1, 90, 70, 71, 50, 2}, []time.Duration{90}},
		"one that rises slowly": {[]time.Duration{1, 85, 90, 70, 2}, []time.Duration{90}},
		"two apart":             {[]time.Duration{90, 50, 1, 60, 2}, []time.Duration{90, 60}},
		"two without a pause":   {[]time.Duration{90, 50, 20, 60, 30}, []time.Duration{90, 60}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []time.Duration
			for _, s := range stallsOf(c.waits, 10) {
				got = append(got, s.longest)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("stalls differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATimelineIsTitledByItsStalls(t *testing.T) {
	two := []stall{{4, 120 * time.Millisecond}, {30, 90 * time.Millisecond}}
	for want, stalls := range map[string][2][]stall{
		"A bystander met no stall, beside either side":                                              {},
		"A bystander met 2 stalls of up to 120 ms beside the anti-pattern, none beside the pattern": {nil, two},
		"A bystander met no stall beside the anti-pattern, 1 stall of 90.0 ms beside the pattern":   {two[1:], nil},
	} {
		if got := legible(timelineTitle([]panel{{stalls: stalls[0]}, {stalls: stalls[1]}})); got != want {
			t.Errorf("the title is %q, want %q", got, want)
		}
	}
}

func TestOddTimelinesBreakNoPicture(t *testing.T) {
	for name, line := range map[string]*load.Timeline{
		"none":     nil,
		"empty":    {Step: time.Millisecond},
		"silent":   {Step: time.Millisecond, Max: []time.Duration{0, 0}},
		"no step":  {Max: []time.Duration{5}},
		"negative": {Step: time.Millisecond, Max: []time.Duration{-5, 3}},
		"extreme":  {Step: math.MaxInt64, Max: []time.Duration{1, math.MaxInt64}},
	} {
		t.Run(name, func(t *testing.T) {
			d := watchedScan()
			for i := range d.Trials {
				d.Trials[i].Bystander.Timeline = line
			}
			drawn := timelineFor(t, &d) != nil
			if want := name == "negative" || name == "extreme"; drawn != want {
				t.Errorf("drawn: %t, want %t", drawn, want)
			}
		})
	}
}
