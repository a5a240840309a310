package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
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
	// first, does not depend on their number, as long as the stalls leave time
	// to catch up. The scenarios' loads do.
	bystanderBurst = 64
	// loopBurst is added where one stall follows the other without a pause, as
	// in a Go benchmark's loop: a connection for each read that falls due in a
	// stall of 0.4 s. With fewer, reads pile up from stall to stall, and the
	// wait would grow with the length of the benchmark.
	loopBurst    = 400
	timelineStep = 10 * time.Millisecond
)

// bystanderLoad watches for as long as a duel's own load is to last, and goes on
// until the side has ended: an op that begins late or takes long outlasts it.
func bystanderLoad(rtt, warmup, duration time.Duration) load.Spec {
	return load.Spec{
		Mode: load.Open, Arrivals: load.Constant, Rate: bystanderRate,
		Workers: bystanderBurst + int(2*bystanderRate*rtt.Seconds()),
		Warmup:  warmup, Duration: duration,
		Timeout: timeout(rtt, 1), Timeline: timelineStep,
	}
}

// watch prepares the bystander. Each read in flight has a connection of its
// own, open from the start, so that every read costs the server exactly one
// command and one read system call, and no connection, and can be taken out of
// the evidence.
func watch(ctx context.Context, env *Env) (load.Op, error) {
	env.option.DisableAutoPipelining = false // a client of its own for each read has nothing to pipeline
	clients, err := env.clients(ctx, env.Workers)
	if err != nil {
		return nil, err
	}
	idle := make(chan rueidis.Client, len(clients)) // one for each worker: taking one never waits
	for _, client := range clients {
		idle <- client
	}
	key := bystanderKey(env.prefix)
	return func(ctx context.Context, _ int) error {
		client := <-idle
		defer func() { idle <- client }()
		got, err := client.Do(ctx, client.B().Get().Key(key).Build()).ToString()
		if err == nil && got != bystanderValue {
			return fmt.Errorf("%w: bystander read %q", load.ErrWrongAnswer, got)
		}
		return err
	}, nil
}

// bystanderShare is what n reads of the bystander cost the server by its own
// counters.
func bystanderShare(prefix string, n int64) evidence.Delta {
	share := evidence.Sequential(map[string]int64{"get": n})
	key := bystanderKey(prefix)
	request := fmt.Sprintf("*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(key), key)
	reply := fmt.Sprintf("$%d\r\n%s\r\n", len(bystanderValue), bystanderValue)
	share.BytesIn, share.BytesOut = n*int64(len(request)), n*int64(len(reply))
	return share
}

// bystanderKey lies in the slot of the scenario's first key, so that in a
// cluster the bystander shares that key's node.
func bystanderKey(prefix string) string {
	return prefix + ":bystander:{" + dataKey(prefix, 0) + "}"
}
