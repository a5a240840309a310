package bench

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/redis/rueidis"
)

// A Stage is a duel's server as the harness sees it between trials: past the
// emulated network, and with nobody's clock running.
type Stage struct {
	Client  rueidis.Client   // of the server or the cluster
	Nodes   []rueidis.Client // each primary by itself
	Setting Setting
	Data    Data
	Own     bool // the server was started for this duel and may be reconfigured

	prefix string
	stream rueidis.Client // for writing and removing many keys
	tell   KeysTold
	// seeded is how many keys of Data, and the bystander's, may be there: those that
	// were handed out for writing.
	seeded int
	began  time.Time     // when the first of them was written
	took   time.Duration // to write them
}

// KeysTold is told now and then, from one goroutine at a time, how many of the keys
// of a phase such as "writing keys" are done.
type KeysTold func(phase string, done, total int)

// Key names the i'th key of the scenario's Data.
func (s *Stage) Key(i int) string { return dataKey(s.prefix, i) }

// Name puts the run's prefix before the name of a key.
func (s *Stage) Name(name string) string { return s.prefix + ":" + name }

// Expiry is the time to live of every key that is written on a server of
// somebody else's, as arguments of SET; none on our own.
func (s *Stage) Expiry() []string { return expiry(s.Own) }

// Do runs commands, 500 to a pipeline, and returns the first error.
func (s *Stage) Do(ctx context.Context, commands iter.Seq[rueidis.Completed]) error {
	return inBatches(ctx, s.Client, commands)
}

// reset brings the data into the state in which a trial of the side begins.
func (s *Stage) reset(ctx context.Context, scenario *Scenario, side string) error {
	if scenario.Writes != nil {
		total := scenario.countWritten(s.prefix, s.Setting)
		tell := func(done int) { s.tell("clearing keys", done, total) }
		if _, _, err := unlink(ctx, s.stream, scenario.written(s.prefix, s.Setting), tell); err != nil {
			return err
		}
	}
	if scenario.Before == nil {
		return nil
	}
	if err := scenario.Before(ctx, s, side); err != nil {
		return fmt.Errorf("%w: prepare the data for the %s: %w", ErrFailed, side, err)
	}
	return nil
}

// inspect has the scenario look at what a trial left.
func (s *Stage) inspect(ctx context.Context, scenario *Scenario, trial *Trial) error {
	if scenario.After == nil {
		return nil
	}
	if trial.Counts == nil { // the side counted nothing
		trial.Counts = map[string]int64{}
	}
	if err := scenario.After(ctx, s, trial); err != nil {
		return fmt.Errorf("%w: look at the data that the %s left: %w", ErrFailed, trial.Side, err)
	}
	return nil
}
