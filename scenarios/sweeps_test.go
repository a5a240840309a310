package scenarios

import (
	"errors"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
)

func TestASweepIsNamedAfterItsScenarioAndTheBeginningsDo(t *testing.T) {
	for typed, want := range map[string]string{"scan/keys": "scan/keys", "pipe/de": "pipelining/depth", "script-args": "script-args/repeats"} {
		if chosen, err := NamedSweeps([]string{typed}); err != nil || len(chosen) != 1 || chosen[0].Name() != want {
			t.Errorf("%q: %v, %v; want %s", typed, chosen, err, want)
		}
	}
	for _, typed := range []string{"pipelining/keys", "lock/pause", "eviction", "/keys"} {
		if chosen, err := NamedSweeps([]string{typed}); !errors.Is(err, bench.ErrUsage) {
			t.Errorf("%q: %v, %v; want an error", typed, chosen, err)
		}
	}
}

func TestAScenariosNameStandsForAllItsSweeps(t *testing.T) {
	for _, s := range All() {
		if len(s.Sweeps) == 0 {
			continue
		}
		if chosen, err := NamedSweeps([]string{s.Name}); err != nil || len(chosen) != len(s.Sweeps) {
			t.Errorf("%s stands for %d of its %d sweeps: %v", s.Name, len(chosen), len(s.Sweeps), err)
		}
	}
}

// A page has all sweeps of its duel, each below what it says of itself.
func TestNoTwoSweepsReadAlike(t *testing.T) {
	read := map[string]string{}
	for _, s := range AllSweeps() {
		at := s.Sweep.At(s.Sweep.Values[0])
		text := s.Scenario.Name + ", by " + at.Primary.Name + " over " + s.Sweep.Parameter + bench.SweepOf(at.Title, s.Scenario.Title)
		if other := read[text]; other != "" {
			t.Errorf("%s and %s are both %q", other, s.Name(), text)
		}
		read[text] = s.Name()
	}
}

// unhurried has a minute for each op: what it does is looked at, beside others, and
// not how long a thousand calls then take.
func unhurried(s bench.Scenario) bench.Scenario {
	spec := s.Load
	s.Load = func(set bench.Setting) load.Spec {
		l := spec(set)
		l.Timeout = time.Minute
		return l
	}
	return s
}

// What a duel is at a value of a sweep, its checks say; at both ends they must
// hold.
func TestTheEndsOfASweepAreWhatTheySay(t *testing.T) {
	benchtest.Counts(t)
	for _, name := range []string{"pooling/distance", "pipelining/distance", "pipelining/loopback", "pool-size/distance", "evalsha/throughput", "stampede/distance", "scan/count", "scan/time", "range/page"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chosen, err := NamedSweeps([]string{name})
			if err != nil {
				t.Fatal(err)
			}
			sweep := chosen[0].Sweep
			for _, v := range []float64{sweep.Values[0], sweep.Values[len(sweep.Values)-1]} {
				if duel := benchtest.Fight(t, unhurried(sweep.At(v))); duel.Failed != "" {
					t.Errorf("at %g: %s", v, duel.Failed)
				}
			}
		})
	}
}
