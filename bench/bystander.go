package bench

import (
	"context"
	"fmt"
	"time"

	"redisduel/bench/load"
)

// bystander is the side name of the innocent client that shares the server
// with a duel: it reads one small key of its own, a thousand times a second,
// and records how long it waits.
const bystander = "bystander"

const (
	bystanderRate  = 1000 // reads a second: a stall is seen to the millisecond
	bystanderValue = "innocent"
	// bystanderBurst is how many connections it has besides those that a quiet
	// network keeps busy. They fill up during a stall, and the reads that fell
	// due later follow when it ends; the longest wait, of the read that was due
	// first, does not depend on their number.
	bystanderBurst = 64
	timelineStep   = 10 * time.Millisecond
)

// bystanderLoad watches for as long as a duel's own load lasts.
func bystanderLoad(rtt, warmup, duration time.Duration) load.Spec {
	return load.Spec{
		Mode: load.Open, Arrivals: load.Constant, Rate: bystanderRate,
		Workers: bystanderBurst + int(2*bystanderRate*rtt.Seconds()),
		Warmup:  warmup, Duration: duration,
		Timeout: timeout(rtt, 1), Timeline: timelineStep,
	}
}

// watch prepares the bystander. Each read in flight has a connection of its
// own, so that every one costs the server exactly one read and can be taken
// out of the evidence.
func watch(ctx context.Context, env *Env) (load.Op, error) {
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	key := bystanderKey(env.prefix)
	read := func(ctx context.Context, _ int) error {
		got, err := client.Do(ctx, client.B().Get().Key(key).Build()).ToString()
		if err == nil && got != bystanderValue {
			return fmt.Errorf("%w: bystander read %q", load.ErrWrongAnswer, got)
		}
		return err
	}
	return read, env.Warm(ctx, func(ctx context.Context) error { return read(ctx, 0) })
}

func bystanderKey(prefix string) string { return prefix + ":bystander" }
