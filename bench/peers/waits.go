package peers

import (
	"context"
	"slices"
	"time"

	"redisduel/bench"
	"redisduel/bench/clock"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// The ways to wait.
const (
	own     = "timer of its own"
	shared  = "shared timer"
	sleeper = "time.Sleep"
)

// waits measures of what the error of the link is made: it waits twice for half
// of the round trip.
func (r *run) waits(ctx context.Context) error {
	s := Section{
		Title: "What the link's error is made of",
		About: []string{
			"The link waits twice for half of the round trip. Here one goroutine waits as long and nothing else happens: by a timer of its own (a timerfd that fires early by what the wake-up takes), by a timer that shares one with others, as the link's do (a second goroutine hands over), and by time.Sleep, which the link does not use. *Lateness* is the median of how late a wait ended, and *CPU* what one wait took of all threads, the spin that ends it included.",
			"Expected: two waits by the shared timer are late by about what the link adds to the direct connection above. To be on time costs CPU: a timer spins for at most 20 µs, and may take so much more than time.Sleep does. A shared one spins for up to 35 µs more after a wait of over 0.5 ms, for which it wakes the second goroutine early, and has that to wake: it may take 70 µs more than time.Sleep does.",
		},
		Reproduce: "make peers ARGS='--only waits'",
	}
	for _, wait := range pick(r, []time.Duration{ms / 8, ms / 2, 5 * ms / 2, 25 * ms}, []time.Duration{ms / 8}) {
		r.Log("waiting for " + quantity.Asked(wait))
		late, cpu, err := r.wait(ctx, wait)
		if err != nil {
			return err
		}
		s.Measures = append(s.Measures, late, cpu)
	}
	r.add(s)
	return nil
}

// wait measures one length of a wait.
func (r *run) wait(ctx context.Context, wait time.Duration) (late, cpu Measure, err error) {
	ways, closing, err := waiters()
	if err != nil {
		return late, cpu, err
	}
	defer closing()
	values, err := measure(ctx, pick(r, 6, 2), []string{own, shared, sleeper}, func(ctx context.Context, way string) (map[string]float64, error) {
		late, cpu := waited(ctx, ways[way], wait, pick(r, 400*ms, 10*ms))
		return map[string]float64{"late": float64(late), "cpu": float64(cpu)}, ctx.Err()
	})
	what := "wait of " + quantity.Asked(wait)
	late = Measure{What: what + ": lateness", Unit: "ns", Ways: values["late"]}
	late.Comparisons = []Comparison{{Of: shared, Against: own, Scale: stats.Difference}, {Of: sleeper, Against: own, Scale: stats.Difference}}
	cpu = Measure{What: what + ": CPU", Unit: "ns", Ways: values["cpu"]}
	cpu.Comparisons = []Comparison{
		{Of: own, Against: sleeper, Scale: stats.Difference, Max: bound(float64(20 * time.Microsecond))},
		{Of: shared, Against: sleeper, Scale: stats.Difference, Max: bound(float64(70 * time.Microsecond))},
	}
	return late, cpu, err
}

// waiters are the ways to wait until a moment.
func waiters() (ways map[string]func(time.Time), closing func(), err error) {
	precise := clock.Precise()
	alone, err := precise.NewTimer()
	if err != nil {
		return nil, nil, err
	}
	several, err := clock.Share(precise)
	if err != nil {
		_ = alone.Close()
		return nil, nil, err
	}
	timer := several.Timer()
	return map[string]func(time.Time){
			own:     func(t time.Time) { alone.WaitUntil(t) },
			shared:  func(t time.Time) { timer.WaitUntil(t) },
			sleeper: func(t time.Time) { time.Sleep(time.Until(t)) },
		}, func() {
			_ = timer.Close()
			_ = several.Close()
			_ = alone.Close()
		}, nil
}

// waited waits again and again for some time and returns the median lateness
// and the CPU time of a wait.
func waited(ctx context.Context, until func(time.Time), wait, lasts time.Duration) (late, cpu time.Duration) {
	var all []time.Duration
	before, end := bench.CPUTime(), time.Now().Add(lasts)
	for len(all) == 0 || time.Now().Before(end) && ctx.Err() == nil {
		t := time.Now().Add(wait)
		until(t)
		all = append(all, time.Since(t))
	}
	cpu = (bench.CPUTime() - before) / time.Duration(len(all))
	slices.Sort(all)
	return all[len(all)/2], cpu
}
