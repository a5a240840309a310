package bench

import (
	"encoding/json"
	"fmt"
	"io"
)

// A Journal keeps what a run found from trial to trial, so that not even a
// crash of the harness loses it.
type Journal interface {
	// Begin is called once, before the first trial.
	Begin(*Result) error
	// Trial is called as each trial finishes, with the duel it belongs to.
	Trial(*Duel, *Trial) error
}

// entry is a line of a journal: a Result without duels, a Duel without trials
// when it is first met, and a Trial for the duel before it.
type entry struct {
	Run   *Result `json:"run,omitempty"`
	Duel  *Duel   `json:"duel,omitempty"`
	Trial *Trial  `json:"trial,omitempty"`
}

// NewJournal writes a journal to w, one JSON value a line.
func NewJournal(w io.Writer) Journal { return &journal{lines: json.NewEncoder(w)} }

type journal struct {
	lines *json.Encoder
	duel  string // the last one written
}

func (j *journal) Begin(r *Result) error { return j.write(entry{Run: r}) }

func (j *journal) Trial(d *Duel, t *Trial) error {
	if j.duel != d.Scenario {
		j.duel = d.Scenario
		head := *d
		head.Trials = []Trial{}
		if err := j.write(entry{Duel: &head}); err != nil {
			return err
		}
	}
	return j.write(entry{Trial: t})
}

func (j *journal) write(e entry) error {
	if err := j.lines.Encode(e); err != nil {
		return fmt.Errorf("%w: cannot keep the journal: %w", ErrJournal, err)
	}
	return nil
}

// discard is the journal of a run that keeps none.
type discard struct{}

func (discard) Begin(*Result) error       { return nil }
func (discard) Trial(*Duel, *Trial) error { return nil }

// ReadJournal rebuilds the partial Result of a run that did not live to write
// one, judged by the given scenarios. A line that was cut short ends it.
func ReadJournal(r io.Reader, scenarios []Scenario) (*Result, error) {
	lines := json.NewDecoder(r)
	var result *Result
	for {
		var e entry
		if lines.Decode(&e) != nil {
			break // the end, or the line that was being written at the end
		}
		switch {
		case e.Run != nil:
			result = e.Run
		case result == nil:
			return nil, fmt.Errorf("%w: it does not begin with a run, so that it is no journal; name the journal.jsonl of a run that was killed", ErrJournal)
		case e.Duel != nil:
			result.Duels = append(result.Duels, *e.Duel)
		case e.Trial != nil && len(result.Duels) > 0:
			last := &result.Duels[len(result.Duels)-1]
			last.Trials = append(last.Trials, *e.Trial)
		}
	}
	if result == nil {
		return nil, fmt.Errorf("%w: it does not begin with a run, so that it is no journal; name the journal.jsonl of a run that was killed", ErrJournal)
	}
	result.Partial = "the run ended before it could write its results; this is what its journal held"
	for i := range result.Duels {
		judgeByName(&result.Duels[i], scenarios, result)
	}
	return result, nil
}

func judgeByName(d *Duel, scenarios []Scenario, r *Result) {
	for i := range scenarios {
		if scenarios[i].Name == d.Scenario {
			set := r.Settings.setting()
			if !d.Server.Own && d.Server.Mode == "cluster" {
				set.Primaries = EqualSlots(d.Server.Nodes) // a verdict depends on how many there are
			}
			s := scenarios[i].version(set)
			Judge(d, s, r.Host)
			if last := d.lastRound(); d.whole(last) {
				d.stop(last) // as the run did, which noted it beside the trials
				Judge(d, s, r.Host)
			}
			return
		}
	}
	d.Failed = "this version of redisduel does not know the scenario"
}
