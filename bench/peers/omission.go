package peers

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

const theory = "formula"

// the quantiles that are looked at.
var quantiles = []float64{0.5, 0.95, 0.99, 1}

// stalled is the response time at a quantile when the server stands still for
// stall in a load of that length and answers in no time otherwise: of the
// requests that are due meanwhile the first waits for all of it and the last for
// nothing.
func stalled(q float64, stall, lasts time.Duration) time.Duration {
	return max(0, stall-time.Duration((1-q)*float64(lasts)))
}

// omission stops the server for a while under each generator, and holds what it reports against theory.
func (r *run) omission(ctx context.Context) error {
	if err := r.seed(ctx); err != nil {
		return err
	}
	lasts, stall := pick(r, 10*time.Second, time.Second), pick(r, 2*time.Second, 200*ms)
	s := Section{
		Title: "Coordinated omission",
		About: []string{
			fmt.Sprintf("The server is stopped (SIGSTOP) for S = %s of a load of T = %s. redisduel runs an open loop of 1000 ops a second, whose response time counts from when an op was due. redis-benchmark runs a closed loop of 50: while the server stands still it asks nothing, and so omits what users would have had to wait for. The formula takes S and T as they were.", quantity.Asked(stall), quantity.Asked(lasts)),
			"Expected: at a quantile q above 1 − S/T a response time of S (1 − (1 − q) T/S), and below it what the server always takes. A closed loop shows the stall in 50 of its samples only, so that all but its maximum hide it.",
		},
		Reproduce: "make peers ARGS='--only omission'",
	}
	ways := []string{ours}
	if r.has(redisBenchmark) {
		ways = append(ways, redisBenchmark)
	}
	values, err := measure(ctx, pick(r, 3, 2), ways, func(ctx context.Context, way string) (map[string]float64, error) {
		r.Log("coordinated omission: " + way)
		return r.stop(ctx, way, lasts, stall)
	})
	if err != nil {
		return err
	}
	for i, way := range ways {
		for _, q := range quantiles {
			s.Measures = append(s.Measures, omitted(way, q, values[found(q)][i].Rounds, values[expected(q)][i].Rounds))
		}
	}
	r.add(s)
	return nil
}

// The names of the values of a quantile.
func found(q float64) string    { return fmt.Sprintf("found %v", q) }
func expected(q float64) string { return fmt.Sprintf("expected %v", q) }

// stop stops the server under one generator, and returns what that says of each
// quantile and what it should.
func (r *run) stop(ctx context.Context, way string, lasts, stall time.Duration) (map[string]float64, error) {
	under := r.stopUnderLoad
	if way == redisBenchmark {
		under = r.stopUnderBenchmark
	}
	got, took, stood, err := under(ctx, lasts, stall)
	values := map[string]float64{}
	for _, q := range quantiles {
		values[found(q)], values[expected(q)] = float64(got[q]), float64(stalled(q, stood, took))
	}
	return values, err
}

// omitted holds what a generator says of a quantile against what it should say,
// which is a target for ours alone.
func omitted(way string, q float64, got, want []stats.Float) Measure {
	what := fmt.Sprintf("p%v", 100*q)
	if q == 1 {
		what = "max"
	}
	m := Measure{What: way + ": " + what, Unit: "ns", Ways: []Way{{way, got}, {theory, want}}}
	c := Comparison{Of: way, Against: theory, Scale: stats.Ratio}
	switch {
	case want[0] <= 0:
		c.Scale = stats.Difference
	case way == ours:
		c.Min, c.Max = bound(0.95), bound(1.05)
	}
	m.Comparisons = []Comparison{c}
	return m
}

// stopUnderLoad stops the server in the middle of an open loop. It also returns
// how long that was, and how long the server stood still.
func (r *run) stopUnderLoad(ctx context.Context, lasts, stall time.Duration) (got map[float64]time.Duration, took, stood time.Duration, err error) {
	const lead, warmup = 2 * time.Second, 500 * ms
	begins := time.Now().Add(lead)
	done := r.stopAt(ctx, begins.Add(warmup+(lasts-stall)/2), stall)
	l, _, err := r.load(ctx, []string{"--rate", "1000", "--arrivals", "constant", "--conns", "50", "--warmup", warmup.String(), "--duration", lasts.String(),
		"--start-at", begins.UTC().Format(time.RFC3339Nano)}, "GET", "{key}")
	stood = <-done
	if err != nil {
		return nil, 0, 0, err
	}
	if l.Late > 0 {
		return nil, 0, 0, fmt.Errorf("redisduel load began %v late, so that the stall was at the wrong time; try again on a quieter machine", l.Late)
	}
	got = map[float64]time.Duration{}
	for _, q := range quantiles {
		got[q] = l.Load.Response.At(q)
	}
	return got, lasts, stood, nil
}

// stopUnderBenchmark stops the server in the middle of as many commands as take
// that long with the stall. It returns the same.
func (r *run) stopUnderBenchmark(ctx context.Context, lasts, stall time.Duration) (got map[float64]time.Duration, took, stood time.Duration, err error) {
	c := contender{redisBenchmark, 50, 1, false}
	first, _, err := r.runBenchmark(ctx, c, int64(pick(r, 100_000, 5_000)))
	if err != nil {
		return nil, 0, 0, err
	}
	n := int64(first.rate * (lasts - stall).Seconds())
	done := r.stopAt(ctx, time.Now().Add((lasts-stall)/2), stall)
	said, _, err := r.runBenchmark(ctx, c, n)
	stood = <-done
	took = time.Duration(float64(n) / max(said.rate, 1) * float64(time.Second))
	return map[float64]time.Duration{0.5: said.p50, 0.95: said.p95, 0.99: said.p99, 1: said.max}, took, stood, err
}

// stopAt stops the server at a moment for a while. The channel tells how long it
// was when it runs again: a busy machine may take longer.
func (r *run) stopAt(ctx context.Context, at time.Time, stall time.Duration) <-chan time.Duration {
	stood := make(chan time.Duration, 1)
	pid := r.server.PID()
	go func() {
		defer close(stood)
		if !rest(ctx, time.Until(at)) {
			return
		}
		_ = syscall.Kill(pid, syscall.SIGSTOP) // our own child, which is not waited for before step ends
		stopped := time.Now()
		rest(ctx, stall)
		stood <- time.Since(stopped)
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}()
	return stood
}

// rest waits, unless ctx ends before.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
