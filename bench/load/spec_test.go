package load_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
)

func TestABadSpecIsRefusedWithItsFieldValueAndRange(t *testing.T) {
	open := load.Spec{Mode: load.Open, Rate: 100, Duration: time.Second}
	closed := load.Spec{Mode: load.Closed, Duration: time.Second}
	job := load.Spec{Mode: load.Job, Ops: 10}
	for _, tt := range []struct {
		base   load.Spec
		change func(*load.Spec)
		want   string
	}{
		{open, func(s *load.Spec) { s.Mode = "" }, `Mode is "", but must be open, closed or job`},
		{open, func(s *load.Spec) { s.Arrivals = "bursty" }, `Arrivals is "bursty", but must be constant or poisson`},
		{open, func(s *load.Spec) { s.Rate = 0 }, "Rate is 0, but must be from 0.001 to 1e+06"},
		{open, func(s *load.Spec) { s.Rate = -5 }, "Rate is -5, but must be"},
		{open, func(s *load.Spec) { s.Rate = math.NaN() }, "Rate is NaN, but must be"},
		{open, func(s *load.Spec) { s.Rate = math.Inf(1) }, "Rate is +Inf, but must be"},
		{open, func(s *load.Spec) { s.Rate = 1e300 }, "Rate is 1e+300, but must be"},
		{open, func(s *load.Spec) { s.Ops = 1 }, "Ops is set, but the mode open does not use it"},
		{open, func(s *load.Spec) { s.Duration = 0 }, "Duration is 0s, but must be from 1ms to 24h0m0s"},
		{open, func(s *load.Spec) { s.Duration = -time.Second }, "Duration is -1s, but must be"},
		{open, func(s *load.Spec) { s.Duration = math.MaxInt64 }, "Duration is 2562047h47m16.854775807s, but must be"},
		{open, func(s *load.Spec) { s.Workers = -1 }, "Workers is -1, but must be from 1 to 10000"},
		{open, func(s *load.Spec) { s.Workers = 1 << 40 }, "Workers is 1099511627776, but must be"},
		{open, func(s *load.Spec) { s.Warmup = -1 }, "Warmup is -1ns, but must be from 0s to 24h0m0s"},
		{open, func(s *load.Spec) { s.Timeout = -1 }, "Timeout is -1ns, but must be from 1ms to 5m0s"},
		{open, func(s *load.Spec) { s.Timeout = time.Hour }, "Timeout is 1h0m0s, but must be"},
		{open, func(s *load.Spec) { s.Timeline = 1 }, "Timeline is 1ns, but must be from 1ms"},
		{open, func(s *load.Spec) { s.Timeline, s.Duration = time.Millisecond, time.Hour }, "Timeline is 1ms, but must be at least 36ms for no more than 100000 buckets"},
		{open, func(s *load.Spec) { s.Share = 1 }, "Share is 1, but must be from 0 to 0"},
		{open, func(s *load.Spec) { s.Share, s.Shares = 3, 3 }, "Share is 3, but must be from 0 to 2"},
		{open, func(s *load.Spec) { s.Shares = -1 }, "Shares is -1, but must be"},
		{job, func(s *load.Spec) { s.Shares = 2 }, "Shares is set, but the mode job"},
		{closed, func(s *load.Spec) { s.Duration = 0 }, "Duration is 0s, but must be"},
		{closed, func(s *load.Spec) { s.Rate = 1 }, "Rate is set, but the mode closed does not use it"},
		{closed, func(s *load.Spec) { s.Arrivals = load.Poisson }, "Arrivals is set, but the mode closed"},
		{closed, func(s *load.Spec) { s.Ops = 1 }, "Ops is set, but the mode closed"},
		{job, func(s *load.Spec) { s.Ops = 0 }, "Ops is 0, but must be from 1 to 1000000000"},
		{job, func(s *load.Spec) { s.Ops = -1 }, "Ops is -1, but must be"},
		{job, func(s *load.Spec) { s.Rate = 1 }, "Rate is set, but the mode job"},
		{job, func(s *load.Spec) { s.Timeline = -1 }, "Timeline is -1ns, but must be"},
	} {
		if err := tt.base.Validate(); err != nil {
			t.Fatalf("the unchanged Spec is refused: %v", err)
		}
		tt.change(&tt.base)
		err := tt.base.Validate()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want one with %q", err, tt.want)
		}
		if _, runErr := load.Run(t.Context(), load.Plan{Spec: tt.base, Clock: clock.Runtime()}, after(0)); runErr == nil {
			t.Errorf("Run accepts what Validate refuses: %v", err)
		}
	}
}

func TestAPlanWithoutAClockIsRefused(t *testing.T) {
	plan := load.Plan{Spec: load.Spec{Mode: load.Job, Ops: 1}}
	if _, err := load.Run(context.Background(), plan, after(0)); err == nil || !strings.Contains(err.Error(), "needs a clock") {
		t.Errorf("error %v, want one about the clock", err)
	}
}
