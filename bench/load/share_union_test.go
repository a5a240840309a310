package load_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"redisduel/bench/clock"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

// takes is how long operation i takes: a function of its number alone, over
// three magnitudes.
func takes(i int) time.Duration {
	mixed := uint64(i+1) * 0x9e3779b97f4a7c15 // an odd number with its bits well spread
	return 50*time.Microsecond + time.Duration(mixed>>40)*5*time.Nanosecond
}

// driven is when each operation of a load started, counted from the load's start.
type driven struct {
	mu sync.Mutex
	at map[int]time.Duration
}

// drive runs a load whose operations take as long as their numbers say.
func (d *driven) drive(t *testing.T, spec load.Spec) *load.Result {
	t.Helper()
	begin := time.Now()
	r, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Runtime()}, func(ctx context.Context, i int) error {
		d.mu.Lock()
		if _, twice := d.at[i]; twice {
			t.Errorf("operation %d is carried out twice", i)
		}
		d.at[i] = time.Since(begin)
		d.mu.Unlock()
		return sleep(ctx, takes(i))
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheHistogramsOfAllSharesAddUpToThatOfTheWhole(t *testing.T) {
	for _, arrivals := range []load.Arrivals{load.Constant, load.Poisson} {
		// More workers than operations that are ever in flight, so that none waits.
		spec := load.Spec{
			Mode: load.Open, Arrivals: arrivals, Rate: 3000, Workers: 1000, Warmup: 100 * time.Millisecond, Duration: 2 * time.Second, Seed: 20261125,
			Timeline: 100 * time.Millisecond,
		}
		whole, parts := driven{at: map[int]time.Duration{}}, driven{at: map[int]time.Duration{}}
		var want, got *load.Result
		synctest.Test(t, func(t *testing.T) { want = whole.drive(t, spec) })
		var results []*load.Result
		for spec.Shares = 7; spec.Share < spec.Shares; spec.Share++ {
			synctest.Test(t, func(t *testing.T) { results = append(results, parts.drive(t, spec)) })
		}
		got, err := load.Merged(results...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.at, parts.at); diff != "" || len(whole.at) < 6000 {
			t.Errorf("%s: %d operations; the shares' differ from the whole's:\n%s", arrivals, len(whole.at), diff)
		}
		same(t, want, got)
	}
}

// same checks that two results are of the same operations, bucket by bucket.
func same(t *testing.T, want, got *load.Result) {
	t.Helper()
	for name, pair := range map[string][2]*latency.Hist{
		"response": {want.Response, got.Response}, "service": {want.Service, got.Service}, "lateness": {want.Lateness, got.Lateness},
	} {
		w, g := pair[0], pair[1]
		wantMean, _ := w.Mean()
		gotMean, _ := g.Mean()
		if !w.HDR().Equals(g.HDR()) || w.Max() != g.Max() || wantMean != gotMean || w.Overflow() != g.Overflow() {
			t.Errorf("the %s histograms differ: of %d and of %d, at most %v and %v, mean %v and %v", name, w.Count(), g.Count(), w.Max(), g.Max(), wantMean, gotMean)
		}
	}
	type counts struct{ Intended, OK, Failed, Unknown, NotStarted, Attempts int64 }
	of := func(r *load.Result) counts {
		return counts{r.Intended, r.OK, r.Failed, r.Unknown, r.NotStarted, r.Attempts}
	}
	if diff := cmp.Diff(of(want), of(got)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want.Timeline, got.Timeline); diff != "" {
		t.Error(diff)
	}
}
