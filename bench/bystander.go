package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
)

// bystander is the side name of the innocent client that shares the server
// with a duel: it reads one small key of its own, a thousand times a second,
// and records how long it waits.
const bystander = "bystander"

const (
	bystanderRate  = 1000 // reads a second: a stall is seen to the millisecond
	bystanderValue = "innocent"
	// bystanderBurst is how many reads may wait at the same time besides those
	// on the wire; a stall of a second fills it with those due meanwhile, and
	// they all go out at once when it ends.
	bystanderBurst = 1024
	timelineStep   = 10 * time.Millisecond
)

// bystanderLoad watches for as long as a duel's own load lasts.
func bystanderLoad(rtt, warmup, duration time.Duration) load.Spec {
	return load.Spec{
		Mode: load.Open, Arrivals: load.Constant, Rate: bystanderRate,
		Workers: bystanderBurst + int(bystanderRate*rtt.Seconds()),
		Warmup:  warmup, Duration: duration,
		Timeout: timeout(rtt, 1), Timeline: timelineStep,
	}
}

// watch prepares the bystander. Its reads share one connection, as those of a
// service behind one client do: a read that is due while others wait is sent
// at once instead of waiting for a connection.
func watch(ctx context.Context, env *Env) (load.Op, error) {
	env.option.DisableAutoPipelining = false
	env.option.AlwaysPipelining = true
	client, err := env.Client(ctx)
	if err != nil {
		return nil, err
	}
	key := bystanderKey(env.prefix)
	return func(ctx context.Context, _ int) error {
		got, err := client.Do(ctx, client.B().Get().Key(key).Build()).ToString()
		if err == nil && got != bystanderValue {
			return fmt.Errorf("%w: bystander read %q", load.ErrWrongAnswer, got)
		}
		return err
	}, nil
}

func bystanderKey(prefix string) string { return prefix + ":bystander" }

// observe is the bystander for as long as nobody knows in advance how long the
// others take.
func observe(ctx context.Context, env *Env, set Setting, stop <-chan struct{}) (*load.Result, error) {
	op, err := watch(ctx, env)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // ends with ctx
		select {
		case <-stop:
			cancel(errStopped)
		case <-ctx.Done():
		}
	}()
	spec := bystanderLoad(set.RTT, 0, time.Hour)
	spec.Timeline = 0
	result, err := load.Run(ctx, load.Plan{Spec: spec, Clock: clock.Precise(), Classify: Classify}, op)
	if errors.Is(err, errStopped) {
		err = nil
	}
	return result, err
}
