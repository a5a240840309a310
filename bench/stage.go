package bench

import (
	"context"
	"fmt"
	"iter"
	"strconv"
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
}

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

// remove deletes keys by name.
func (s *Stage) remove(ctx context.Context, names iter.Seq[string]) error {
	return s.Do(ctx, func(yield func(rueidis.Completed) bool) {
		for name := range names {
			if !yield(s.Client.B().Unlink().Key(s.Name(name)).Build()) {
				return
			}
		}
	})
}

// reset brings the data into the state in which a trial of the side begins.
func (s *Stage) reset(ctx context.Context, scenario *Scenario, side string) error {
	if scenario.Writes != nil {
		set := s.Setting
		set.prefix = s.prefix
		if err := s.remove(ctx, scenario.Writes(set)); err != nil {
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

// seed puts the scenario's Data in place, and the bystander's key. On a server
// that is not ours every key expires by itself.
func (s *Stage) seed(ctx context.Context) error {
	data := s.Data
	if s.Own && data.Keys > populateAbove {
		populate := s.Client.B().Arbitrary("DEBUG", "POPULATE").Args(strconv.Itoa(data.Keys), s.prefix).Build()
		if err := s.Client.Do(ctx, populate).Error(); err != nil {
			return fmt.Errorf("%w: seed %d keys: %w", ErrEnvironment, data.Keys, err)
		}
		data.Keys = 0
	}
	set := func(key, value string) rueidis.Completed {
		return s.Client.B().Arbitrary("SET").Keys(key).Args(value).Args(s.Expiry()...).Build()
	}
	return s.Do(ctx, func(yield func(rueidis.Completed) bool) {
		for i := range data.Keys {
			if !yield(set(s.Key(i), data.Value(i))) {
				return
			}
		}
		yield(set(bystanderKey(s.prefix), bystanderValue))
	})
}

// unseed removes by name all that the duel may have written.
func (s *Stage) unseed(ctx context.Context, scenario *Scenario) error {
	_, err := unlink(ctx, s.Client, scenario.keys(s.prefix, s.Setting))
	return err
}

const (
	// populateAbove is the number of keys from which on our own server makes
	// them up itself: a million in about a second.
	populateAbove = 100_000
	seedBatch     = 500 // commands of one pipeline
)

// inBatches sends commands, seedBatch to a pipeline, and returns the first
// error.
func inBatches(ctx context.Context, client rueidis.Client, commands iter.Seq[rueidis.Completed]) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	batch := make([]rueidis.Completed, 0, seedBatch)
	send := func() error {
		defer func() { batch = batch[:0] }()
		for _, result := range client.DoMulti(ctx, batch...) {
			if err := result.Error(); err != nil {
				return fmt.Errorf("%w: write or remove the scenario's keys: %w", ErrEnvironment, err)
			}
		}
		return nil
	}
	for command := range commands {
		if batch = append(batch, command); len(batch) == seedBatch {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return send()
}

func expiry(own bool) []string {
	if own {
		return nil
	}
	return []string{"EX", strconv.Itoa(int(KeyTTL.Seconds()))}
}

func dataKey(prefix string, i int) string { return prefix + ":" + strconv.Itoa(i) }
