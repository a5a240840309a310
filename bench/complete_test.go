package bench_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
)

func TestAScenarioThatLacksAPartIsNamedBeforeAnythingStarts(t *testing.T) {
	for lacking, take := range map[string]func(*bench.Scenario){
		"a Name":                  func(s *bench.Scenario) { s.Name = "" },
		"a Title":                 func(s *bench.Scenario) { s.Title = "" },
		"a Claim":                 func(s *bench.Scenario) { s.Claim = "" },
		"a Primary metric":        func(s *bench.Scenario) { s.Primary = bench.Metric{} },
		"a Load":                  func(s *bench.Scenario) { s.Load = nil },
		"RoundTrips of 1 or more": func(s *bench.Scenario) { s.RoundTrips = 0 },
		"a Pattern":               func(s *bench.Scenario) { s.Pattern = nil },
		"an AntiPattern":          func(s *bench.Scenario) { s.AntiPattern = nil },
		"a Predict":               func(s *bench.Scenario) { s.Predict = nil },
		"a Finding":               func(s *bench.Scenario) { s.Finding = nil },
	} {
		s := echo()
		take(&s)
		c := bench.Config{
			Scenarios: []bench.Scenario{echo(), s}, Settings: short(1, time.Second), // the first one is fine
			Servers: func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) {
				t.Errorf("without %s a server was asked for", lacking)
				return nil, bench.ErrEnvironment
			},
		}
		result, err := bench.Run(t.Context(), c)
		if !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), "lacks "+lacking) {
			t.Errorf("without %s: error %v, want one that says so", lacking, err)
		}
		if !strings.Contains(result.Partial, "lacks "+lacking) {
			t.Errorf("without %s the result is partial because of %q", lacking, result.Partial)
		}
		if _, err := bench.NewArena(t.Context(), &s, nil, c.Settings); !errors.Is(err, bench.ErrUsage) {
			t.Errorf("an arena without %s: error %v", lacking, err)
		}
	}
}
