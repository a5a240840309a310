package scenarios_test

import (
	"testing"

	"redisduel/bench/benchtest"
	"redisduel/scenarios"
)

func TestEveryPairKeepsTheContract(t *testing.T) {
	for _, s := range scenarios.All() {
		t.Run(s.Name, func(t *testing.T) { benchtest.TestScenario(t, s) })
	}
}
