package bench

import (
	"context"
	"math"
	"time"

	"redisduel/bench/evidence"
)

// A ServerClock is how a server's clock and that of this process differ. Two
// processes that know it know how their own clocks differ.
type ServerClock struct {
	Ahead  time.Duration `json:"ahead_ns"`  // of the server's clock
	Within time.Duration `json:"within_ns"` // how wrong Ahead may be, either way
}

// clockAsks is how often the server is asked: the fastest answer says most.
const clockAsks = 5

// ServerClock compares the clocks by what the first node says in INFO; nil if it
// does not tell its time.
func (a *Arena) ServerClock(ctx context.Context) *ServerClock {
	var best *ServerClock
	for range clockAsks {
		asked := time.Now()
		stated, err := evidence.Fields(ctx, a.ring.nodes[0], serverTime)
		took := time.Since(asked)
		if err != nil || stated[serverTime] == 0 {
			return best
		}
		if best == nil || took < 2*best.Within {
			best = comparedAt(stated[serverTime], asked, took)
		}
	}
	return best
}

const serverTime = "server_time_usec"

// comparedAt is what a server says that read its clock, in µs, some time while
// the answer took so long: most likely in the middle.
func comparedAt(µs float64, asked time.Time, took time.Duration) *ServerClock {
	ahead := time.UnixMicro(int64(math.Round(µs))).Sub(asked.Round(0).Add(took / 2)) // without the monotonic clock
	return &ServerClock{Ahead: ahead, Within: took/2 + time.Microsecond}
}
