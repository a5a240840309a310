package generator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
)

// A Spec is a load on a server. With the same Spec, Seed included, the same ops
// fall due at the same moments and send the same bytes but for the run's number
// in the names of keys.
type Spec struct {
	// Command is its words, in which {key} stands for the name of a random key,
	// {value} for the value of that key, and {n} for the number of the command.
	Command []string `json:"command"`
	// Conns is the most ops in flight, of all shares. Each has a connection of
	// its own, unless Multiplex has them share one.
	Conns     int  `json:"conns"`
	Pipeline  int  `json:"pipeline"` // commands of an op
	Multiplex bool `json:"multiplex,omitempty"`
	// Rate is ops a second, of all shares; 0 is a closed loop: as fast as the
	// server answers.
	Rate     float64       `json:"rate,omitempty"`
	Arrivals load.Arrivals `json:"arrivals,omitempty"` // of a Rate; default Poisson
	Warmup   time.Duration `json:"warmup_ns"`          // driven and not in the result
	Duration time.Duration `json:"duration_ns"`
	Keys     int           `json:"keys"`
	Size     int           `json:"size_bytes"` // of each value, or as many as its number has digits
	// Unseeded leaves the keys away that are otherwise written before the load.
	Unseeded bool          `json:"unseeded,omitempty"`
	RTT      time.Duration `json:"rtt_ns"` // of the emulated network
	Seed     uint64        `json:"seed"`   // of the arrivals and of the choice of keys
	// Share and Shares divide the ops among processes, as in load.Spec; each
	// seeds keys of its own.
	Share  int `json:"share,omitempty"`
	Shares int `json:"shares,omitempty"`
	// StartAt is when the load begins, warm-up first; zero is as soon as it can.
	StartAt time.Time `json:"start_at,omitzero"`
}

// The limits of a Spec.
const (
	MaxKeys     = 10_000_000
	maxSize     = 1 << 20
	maxPipeline = 1000
	maxBytes    = 1 << 30 // of all values together, and of what an op sends
)

// Validate says in one sentence what makes no sense.
func (s Spec) Validate() error {
	return cmp.Or(
		within("--pipeline", s.Pipeline, 1, maxPipeline),
		within("--keys", s.Keys, 1, MaxKeys),
		within("--size", s.Size, 1, maxSize),
		within("the bytes of all values (--keys × --size)", s.Keys*s.Size, 1, maxBytes),
		within("--conns", s.Conns, max(s.Shares, 1), 10_000),
		s.checkLoad(),
		s.checkCommand(),
	)
}

// checkLoad names the flags in place of the fields that they fill.
func (s Spec) checkLoad() error {
	err := s.load().Validate()
	if err == nil {
		return nil
	}
	said := strings.TrimPrefix(err.Error(), "load: ")
	for _, field := range []string{"Rate", "Warmup", "Duration", "Shares", "Share"} {
		if rest, ok := strings.CutPrefix(said, field+" "); ok {
			said = "--" + strings.ToLower(strings.TrimSuffix(field, "s")) + " " + rest
			break
		}
	}
	return fmt.Errorf("%w: %s", bench.ErrUsage, said)
}

func (s Spec) checkCommand() error {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return fmt.Errorf("%w: there is no command to send; write it after --, as in: redisduel load -- GET {key}", bench.ErrUsage)
	}
	if strings.Contains(s.Command[0], "{") {
		return fmt.Errorf("%w: the command is %q; its name must not hold a placeholder", bench.ErrUsage, s.Command[0])
	}
	if slices.Contains(unanswered, s.name()) {
		return fmt.Errorf("%w: %s changes what its connection says from then on, so that no answer could be told from the next; load a command with one answer of its own", bench.ErrUsage, strings.ToUpper(s.name()))
	}
	_, err := parse(s.Command)
	return err
}

// unanswered are the commands after which a connection is no longer one of
// requests and their replies, or is another one.
var unanswered = strings.Fields("subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor sync psync hello auth reset quit select multi exec discard")

func within(what string, value, low, high int) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("%w: %s is %d; it must be from %d to %d", bench.ErrUsage, what, value, low, high)
}

// workers is the share's part of Conns.
func (s Spec) workers() int {
	of := max(s.Shares, 1)
	n := s.Conns / of
	if s.Share < s.Conns%of {
		n++
	}
	return max(n, 1)
}

// load is what drives the ops.
func (s Spec) load() load.Spec {
	l := load.Spec{
		Mode: load.Closed, Workers: s.workers(), Warmup: s.Warmup, Duration: s.Duration,
		Timeout: 5*time.Second + 2*s.RTT, Seed: s.Seed, Share: s.Share, Shares: s.Shares,
	}
	if s.Rate != 0 {
		l.Mode, l.Rate, l.Arrivals = load.Open, s.Rate, cmp.Or(s.Arrivals, load.Poisson)
	}
	return l
}

// checked tells whether the command is GET {key} of keys that were stored, so that
// each answer is known.
func (s Spec) checked() bool {
	t, err := parse(s.Command)
	return err == nil && t.isGet() && !s.Unseeded
}

// name is the command's, in lower case.
func (s Spec) name() string { return strings.ToLower(s.Command[0]) }
