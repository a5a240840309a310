package peers

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

const duration = "duration"

// growth measures what a load costs the harness as it grows in one direction.
func (r *run) growth(ctx context.Context) error {
	second := pick(r, time.Second, 100*ms)
	var connections, numbers, durations []size
	for _, n := range pick(r, []int{1, 10, 100, 1000}, []int{1, 10}) {
		connections = append(connections, size{Growth{Of: "connections", Size: float64(n), Unit: "connections"}, second, []string{"--conns", strconv.Itoa(n)}})
	}
	for _, n := range pick(r, []int{1_000, 10_000, 100_000, 1_000_000, 10_000_000}, []int{1_000, 10_000}) {
		numbers = append(numbers, size{Growth{Of: "keys", Size: float64(n), Unit: "keys"}, second, []string{"--keys", strconv.Itoa(n)}})
	}
	for _, d := range pick(r, []time.Duration{1, 4, 32}, []time.Duration{1, 2}) {
		durations = append(durations, size{Growth{Of: duration, Size: float64(d * second), Unit: "ns"}, d * second, nil})
	}
	for _, series := range [][]size{connections, numbers, durations} {
		if err := r.grow(ctx, series); err != nil {
			return err
		}
	}
	return nil
}

// A size is a load of it.
type size struct {
	Growth
	lasts time.Duration
	flags []string
}

// once is from how many keys on a size is measured in one round only: to write
// and remove them takes most of a minute.
const once = 1e7

// grow runs the loads of a series, each once a round.
func (r *run) grow(ctx context.Context, series []size) error {
	for round := range pick(r, 3, 1) {
		for k := range series {
			i := k
			if round%2 == 1 {
				i = len(series) - 1 - k
			}
			if round > 0 && series[i].Unit == "keys" && series[i].Size >= once {
				continue
			}
			if err := r.growOnce(ctx, &series[i]); err != nil {
				return err
			}
		}
	}
	for i := range series {
		r.result.Growth = append(r.result.Growth, series[i].Growth)
	}
	return nil
}

// growOnce runs one load of that size.
func (r *run) growOnce(ctx context.Context, s *size) error {
	r.Log(fmt.Sprintf("growth: %s, %s", s.Of, s.Label()))
	l, f, err := r.load(ctx, append([]string{"--warmup", "0s", "--duration", s.lasts.String()}, s.flags...), "GET", "{key}")
	if err != nil {
		return err
	}
	s.Trials = append(s.Trials, Grown{Memory: l.Generator.Memory, CPU: l.Generator.CPU, Wall: f.wall, Extra: f.wall - l.Load.Elapsed, Ops: l.Load.OK})
	return nil
}
