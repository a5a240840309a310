package peers

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"redisduel/bench/generator"
)

// growth measures what a load costs the harness as it grows in one direction.
func (r *run) growth(ctx context.Context) error {
	second := pick(r, time.Second, 100*ms)
	for _, n := range pick(r, []int{1, 10, 100, 1000}, []int{1, 10}) {
		if err := r.grow(ctx, Growth{Of: "connections", Size: float64(n), Unit: "connections"}, second, "--conns", strconv.Itoa(n)); err != nil {
			return err
		}
	}
	for _, n := range pick(r, []int{1_000, 10_000, 100_000, 1_000_000, 10_000_000}, []int{1_000, 10_000}) {
		if err := r.grow(ctx, Growth{Of: "keys", Size: float64(n), Unit: "keys"}, second, "--keys", strconv.Itoa(n)); err != nil {
			return err
		}
	}
	for _, d := range pick(r, []time.Duration{1, 2, 4, 8, 16, 32}, []time.Duration{1, 2}) {
		if err := r.grow(ctx, Growth{Of: "duration", Size: float64(d * second), Unit: "ns"}, d*second); err != nil {
			return err
		}
	}
	return nil
}

// grow runs one load of that size. `redisduel load` refuses more keys than
// generator.MaxKeys, which is noted and no failure.
func (r *run) grow(ctx context.Context, g Growth, lasts time.Duration, flags ...string) error {
	r.Log(fmt.Sprintf("growth: %s, %v", g.Of, g.Size))
	if g.Of == "keys" && g.Size > generator.MaxKeys {
		g.Refused = fmt.Sprintf("redisduel load takes %d keys at most", generator.MaxKeys)
		r.result.Growth = append(r.result.Growth, g)
		return nil
	}
	l, f, err := r.load(ctx, append([]string{"--warmup", "0s", "--duration", lasts.String()}, flags...), "GET", "{key}")
	if err != nil {
		return err
	}
	g.Memory, g.CPU, g.Wall, g.Extra, g.Ops = f.memory, f.cpu, f.wall, f.wall-l.Load.Elapsed, l.Load.OK
	r.result.Growth = append(r.result.Growth, g)
	return nil
}
