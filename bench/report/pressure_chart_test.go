package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// filling is a duel whose anti-pattern fills the memory and is then refused.
func filling() bench.Duel {
	d := pipelining()
	d.Samples = []string{usedMemory, maxMemory, refusals}
	for i := range d.Trials {
		t := &d.Trials[i]
		for k := range 12 {
			used, values := 40+5*math.Sin(float64(k+t.Round)), map[string]float64{maxMemory: 8e6}
			if t.Side == bench.AntiPattern {
				used = min(40+10*float64(k), 101+0.5*float64(t.Round))
				if k > 6 {
					values[refusals] = 1000 + float64((k-6)*(80+t.Round))
				} else if t.Round > 1 {
					values[refusals] = 1000
				}
			}
			values[usedMemory] = 8e4 * used
			t.Samples = append(t.Samples, bench.Sample{At: time.Duration(30+50*k) * time.Millisecond, Values: values})
		}
	}
	for i := range d.Trials { // the first round began before the first refusal
		if t := &d.Trials[i]; t.Side == bench.AntiPattern && t.Round == 1 {
			for k := range t.Samples {
				if n := t.Samples[k].Values[refusals]; n > 0 {
					t.Samples[k].Values[refusals] = n - 1000
				}
			}
		}
	}
	return d
}

func pressureOf(t *testing.T, d *bench.Duel) []byte {
	t.Helper()
	picture, err := drawPressure(d, pageOf(t, d).sides)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func TestMemoryAndRefusalsLookAsTheyDid(t *testing.T) {
	d := filling()
	sharply(t)
	like(t, "pipelining-memory.png", pressureOf(t, &d))
}

func TestRefusalsThatWereNotSampledAreNotDrawnAsNone(t *testing.T) {
	d := filling()
	both := pixels(t, pressureOf(t, &d)).Bounds().Dy()
	d.Samples = d.Samples[:2]
	if one := pixels(t, pressureOf(t, &d)).Bounds().Dy(); one >= both*2/3 {
		t.Errorf("the picture is %d pixels high without refusals and %d with them", one, both)
	}
}

func TestTheTitleSaysHowFullTheMemoryGot(t *testing.T) {
	d := filling()
	sides := pageOf(t, &d).sides
	memory, refused := courses(sides, shareOfLimit), courses(sides, refusedSince)
	for want, of := range map[string][]course{
		"Memory reached 102 % of the limit with the anti-pattern, 45 % with the pattern":                                   nil,
		"Memory reached 102 % of the limit with the anti-pattern, 45 % with the pattern; refused: 413 writes against none": refused,
		"Memory reached 102 % of the limit with the anti-pattern, 45 % with the pattern; none refused on either side":      {refused[0], refused[0]},
	} {
		if got := legible(pressureTitle(memory, of)); got != want {
			t.Errorf("the title is %q, want %q", got, want)
		}
	}
}

func TestTheLimitIsStatedInBytes(t *testing.T) {
	d := filling()
	for want, last := range map[string]float64{
		" The limit (maxmemory) was 8 000 000 bytes.":              8e6,
		" The limit (maxmemory) was 8 000 000 to 8 123 456 bytes.": 8123456,
	} {
		d.Trials[0].Samples[11].Values[maxMemory] = last
		if got := strings.ReplaceAll(limitInBytes(pageOf(t, &d).sides), quantity.Thin, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := limitInBytes(nil); got != "" {
		t.Errorf("without samples: %q", got)
	}
}

func TestOddSamplesBreakNoPicture(t *testing.T) {
	for name, c := range map[string]struct {
		drawn bool
		spoil func(*bench.Trial)
	}{
		"none":            {false, func(t *bench.Trial) { t.Samples = nil }},
		"a single one":    {false, func(t *bench.Trial) { t.Samples = t.Samples[:1] }},
		"all at one time": {false, func(t *bench.Trial) { each(t, func(s *bench.Sample) { s.At = 5 }) }},
		"no limit":        {false, func(t *bench.Trial) { each(t, func(s *bench.Sample) { s.Values[maxMemory] = 0 }) }},
		"no values":       {false, func(t *bench.Trial) { each(t, func(s *bench.Sample) { s.Values = nil }) }},
		"one side's only": {false, func(t *bench.Trial) { drop(t, bench.AntiPattern) }},
		"a tiny limit":    {false, func(t *bench.Trial) { each(t, func(s *bench.Sample) { s.Values[maxMemory] = 5e-324 }) }},
		"far in time":     {true, func(t *bench.Trial) { t.Samples[11].At = math.MaxInt64 }},
		"equal": {true, func(t *bench.Trial) {
			each(t, func(s *bench.Sample) { s.Values[usedMemory], s.Values[refusals] = 7, 7 })
		}},
		"huge refusals":   {true, func(t *bench.Trial) { each(t, func(s *bench.Sample) { s.Values[refusals] = math.MaxFloat64 }) }},
		"a counter reset": {true, func(t *bench.Trial) { t.Samples[11].Values[refusals] = -4 }},
	} {
		t.Run(name, func(t *testing.T) {
			d := filling()
			for i := range d.Trials {
				c.spoil(&d.Trials[i])
			}
			if drawn := pressureOf(t, &d) != nil; drawn != c.drawn {
				t.Errorf("drawn: %t, want %t", drawn, c.drawn)
			}
		})
	}
}

func each(t *bench.Trial, change func(*bench.Sample)) {
	for i := range t.Samples {
		change(&t.Samples[i])
	}
}

func drop(t *bench.Trial, side string) {
	if t.Side == side {
		t.Samples = nil
	}
}
