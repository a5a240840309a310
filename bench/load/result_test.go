package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redisduel/bench/clock"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

// specs draws loads of a thousand operations or so.
func specs() *rapid.Generator[load.Spec] {
	return rapid.Custom(func(t *rapid.T) load.Spec {
		millis := func(name string, low, high int) time.Duration {
			return time.Duration(rapid.IntRange(low, high).Draw(t, name)) * time.Millisecond
		}
		s := load.Spec{
			Mode:    rapid.SampledFrom([]load.Mode{load.Open, load.Closed, load.Job}).Draw(t, "mode"),
			Workers: rapid.IntRange(0, 12).Draw(t, "workers"),
			Warmup:  millis("warmup", 0, 100),
			Timeout: millis("timeout", 1, 50),
		}
		if rapid.Bool().Draw(t, "timeline") {
			s.Timeline = millis("step", 1, 100)
		}
		switch s.Mode {
		case load.Open:
			s.Arrivals = rapid.SampledFrom([]load.Arrivals{load.Constant, load.Poisson}).Draw(t, "arrivals")
			s.Rate = rapid.Float64Range(0.1, 1500).Draw(t, "rate")
			s.Seed = rapid.Uint64().Draw(t, "seed")
			s.Duration = millis("duration", 1, 500)
		case load.Closed:
			s.Duration = millis("duration", 1, 200)
		case load.Job:
			s.Ops = rapid.IntRange(1, 500).Draw(t, "ops")
		}
		return s
	})
}

// An outcome is how long an operation takes and what it returns.
type outcome struct {
	took time.Duration
	err  error
}

func outcomes() *rapid.Generator[[]outcome] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) outcome {
		return outcome{
			took: time.Duration(rapid.IntRange(1, 60_000).Draw(t, "µs")) * time.Microsecond,
			err:  rapid.SampledFrom([]error{nil, nil, nil, load.ErrWrongAnswer, errors.New("odd"), context.Canceled}).Draw(t, "err"),
		}
	}), 1, 20)
}

func TestEveryOperationIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		spec, list := specs().Draw(rt, "spec"), outcomes().Draw(rt, "outcomes")
		limit := time.Duration(rapid.IntRange(1, 1000).Draw(rt, "limit")) * time.Millisecond
		var err error
		synctest.Test(t, func(t *testing.T) { err = accounted(t.Context(), spec, list, limit) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// accounted runs the load, for no longer than limit, and checks its result.
func accounted(ctx context.Context, spec load.Spec, list []outcome, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := load.Run(ctx, load.Plan{Spec: spec, Clock: clock.Runtime()}, func(ctx context.Context, i int) error {
		o := list[i%len(list)]
		return errors.Join(sleep(ctx, o.took), o.err)
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	// A timeout of the load ends its operations as their own deadline would.
	if r.Errors[load.ClassTimeout] > r.Unknown {
		return errors.New("more timeouts than unknown operations")
	}
	return errors.Join(r.Conserved(), survivesJSON(r))
}

// survivesJSON checks that a Result is the same once written and read.
func survivesJSON(r *load.Result) error {
	first, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var read load.Result
	if err := json.Unmarshal(first, &read); err != nil {
		return err
	}
	if diff := cmp.Diff(*r, read, cmp.Comparer(sameSamples)); diff != "" {
		return errors.New("written and read: " + diff)
	}
	return nil
}

func sameSamples(a, b *latency.Hist) bool {
	return a.Max() == b.Max() && a.Overflow() == b.Overflow() && a.HDR().Equals(b.HDR())
}

// sample is a result of n operations that were ok and one that was not.
func sample(t *testing.T, n int, class string) *load.Result {
	t.Helper()
	r := &load.Result{
		Intended: int64(n) + 2, OK: int64(n), Failed: 1, NotStarted: 1, Attempts: int64(n) + 5,
		Errors: map[string]int64{class: 1}, Elapsed: time.Duration(n) * time.Second,
		Response: latency.New(), Service: latency.New(), Lateness: latency.New(),
		Timeline: &load.Timeline{Step: time.Second, Max: make([]time.Duration, n)},
		Late:     load.Late{Server: time.Duration(n), Harness: 1},
	}
	for i := range n {
		r.Response.Record(time.Duration(i) * time.Millisecond)
		r.Service.Record(time.Duration(i) * time.Microsecond)
		r.Lateness.Record(time.Duration(i))
		r.Timeline.Max[i] = time.Duration(i) * time.Millisecond
	}
	if err := r.Conserved(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoundsMergeWithoutLoss(t *testing.T) {
	a, b := sample(t, 3, "other"), sample(t, 5, "timeout")
	got, err := load.Merged(a, b)
	if err != nil {
		t.Fatal(err)
	}
	response, err := latency.Merged(a.Response, b.Response)
	if err != nil {
		t.Fatal(err)
	}
	want := *sample(t, 8, "other")
	want.Intended, want.Failed, want.NotStarted, want.Attempts = 12, 2, 2, 18
	want.Errors = map[string]int64{"other": 1, "timeout": 1}
	want.Timeline.Max = b.Timeline.Max
	want.Response, want.Service, want.Lateness, want.Late.Harness = response, got.Service, got.Lateness, 2
	if diff := cmp.Diff(want, *got, cmp.Comparer(sameSamples)); diff != "" {
		t.Error(diff)
	}
	if err := got.Conserved(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(sample(t, 3, "other"), a, cmp.Comparer(sameSamples)); diff != "" {
		t.Errorf("merging changed a round: %s", diff)
	}
}

func TestRoundsThatDoNotFitTogetherAreNotMerged(t *testing.T) {
	other, none := sample(t, 3, "other"), sample(t, 3, "other")
	other.Timeline.Step = time.Minute
	none.Timeline = nil
	lost := sample(t, 3, "other")
	lost.Service = nil
	for want, r := range map[string]*load.Result{"is missing": nil, "service histogram is missing": lost, "another step": other} {
		if _, err := load.Merged(sample(t, 3, "other"), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := load.Merged(none, other); err == nil {
		t.Error("a timeline was dropped")
	}
	if _, err := load.Merged(other, none); err == nil {
		t.Error("a timeline was made up")
	}
}

func TestWhatIsLostIsNamed(t *testing.T) {
	for want, change := range map[string]func(*load.Result){
		"6 operations were intended, but 3 ok + 1 failed + 0 unknown + 1 not started make 5": func(r *load.Result) { r.Intended++ },
		"a count of operations is -1":                                  func(r *load.Result) { r.Unknown--; r.Failed++ },
		"4 operations were started, but only 3 attempted":              func(r *load.Result) { r.Attempts = 3 },
		"but 0 errors are classed":                                     func(r *load.Result) { r.Errors = nil },
		"the response histogram holds 4 samples, but 3 operations":     func(r *load.Result) { r.Response.Record(1) },
		"the lateness histogram is missing":                            func(r *load.Result) { r.Lateness = nil },
		"the service histogram holds 4 samples, but 3 operations were": func(r *load.Result) { r.Service.Record(time.Hour) },
	} {
		r := sample(t, 3, "other")
		change(r)
		if err := r.Conserved(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
