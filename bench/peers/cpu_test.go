package peers

import (
	"math"
	"strings"
	"testing"

	"redisduel/bench/stats"
)

// looped is a closed loop with a target: 80 % of 1.6 million commands a second,
// or 80 000 exchanges of 16, for each of which two cores have 25 µs.
func looped(proxyTook float64) (rate, cpu *Measure) {
	way := func(name string, v float64) Way { return Way{Name: name, Rounds: []stats.Float{stats.Float(v)}} }
	rate = &Measure{What: "closed loop", Unit: "commands/s", Ways: []Way{way(direct, 1.6e6), way(proxy, 0.9e6)}}
	rate.Comparisons = versus(rate.Ways, direct, stats.Ratio)
	rate.Comparisons[0].Min = bound(0.8)
	cpu = &Measure{Ways: []Way{way(direct, 20e3), way(proxy, proxyTook)}}
	return rate, cpu
}

func TestTheCPUThatATargetLeavesIsHeldAgainstWhatAnExchangeTook(t *testing.T) {
	for _, tt := range []struct {
		took   float64
		beyond bool
	}{{24e3, false}, {36e3, true}} {
		rate, cpu := looped(tt.took)
		got := allows(rate, cpu, 16, 2)
		if !strings.Contains(got, "leaves 25.0 µs of CPU") {
			t.Errorf("%q does not say what the target leaves", got)
		}
		if beyond := strings.HasSuffix(got, "This machine cannot meet the target."); beyond != tt.beyond {
			t.Errorf("at %v ns it is %q", tt.took, got)
		}
	}
}

func TestNothingIsSaidOfCPUTimeThatIsUnknownOrHasNoTarget(t *testing.T) {
	rate, cpu := looped(math.NaN())
	if got := allows(rate, cpu, 16, 2); got != "" {
		t.Errorf("got %q of a CPU time that is unknown", got)
	}
	rate, cpu = looped(20e3)
	rate.Comparisons[0].Min = nil
	if got := allows(rate, cpu, 16, 2); got != "" {
		t.Errorf("got %q without a target", got)
	}
}

func TestADriveMeasuresTheCPUTimeOfAnExchange(t *testing.T) {
	r := server(t)
	dial := through(plainDial, r.server.Addr(), r.server.Password())
	used := 0.0
	d := drive{conns: 1, depth: 1, cpu: func() float64 { used += 1e6; return used }}
	got, err := d.run(t.Context(), dial, request, reply)
	if err != nil || got.cpu != 1e6 {
		t.Errorf("got %v ns (%v), want the million that one exchange used", got.cpu, err)
	}
}
