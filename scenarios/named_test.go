package scenarios

import (
	"errors"
	"strings"
	"testing"

	"redisduel/bench"
)

func TestTheBeginningOfANameDoesIfNoOtherBeginsSo(t *testing.T) {
	for typed, want := range map[string]string{"pipe": "pipelining", "scan": "scan", "pool-": "pool-size", "lock-a": "lock-acquire"} {
		if chosen, err := Named([]string{typed}); err != nil || len(chosen) != 1 || chosen[0].Name != want {
			t.Errorf("%q: %v, want %s", typed, err, want)
		}
	}
}

func TestANameThatFitsSeveralListsThemAndOneThatFitsNoneTheNearest(t *testing.T) {
	for typed, want := range map[string]string{
		"lock": "name one of lock-release, lock-acquire", "scam": `did you mean "scan"`, "": "there is no scenario",
	} {
		if _, err := Named([]string{typed}); !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", typed, err, want)
		}
	}
}

func TestEveryScenarioAnswersToItsOwnNameAlsoWhereAnotherBeginsWithIt(t *testing.T) {
	for _, s := range All() {
		if chosen, err := Named([]string{s.Name}); err != nil || chosen[0].Name != s.Name {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}
