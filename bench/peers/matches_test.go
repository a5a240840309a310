package peers

import (
	"math"
	"strings"
	"testing"

	"redisduel/bench/stats"
)

func TestAWayIsNamedByTheCommandThatWasRun(t *testing.T) {
	var names []string
	for _, m := range matches {
		names = append(names, m.ours.String())
		for _, v := range m.rivals {
			names = append(names, v.String())
		}
	}
	want := `redisduel load
redis-benchmark -c 50 -P 1
memtier_benchmark -c 50 --pipeline 1
redisduel load --pipeline 32
redis-benchmark -c 50 -P 32
memtier_benchmark -c 50 --pipeline 32
redisduel load --multiplex
redis-benchmark -c 50 -P 1
redis-benchmark -c 1 -P 50
memtier_benchmark -c 1 --pipeline 50`
	if got := strings.Join(names, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// values are what ways gave in three rounds: commands a second, and ns of each of
// the generator and of the server.
func values(ways map[string][3]float64, order ...string) map[string][]Way {
	all := map[string][]Way{}
	for _, name := range order {
		for i, value := range []string{"rate", "cpu", "server"} {
			v := ways[name][i]
			all[value] = append(all[value], Way{name, []stats.Float{stats.Float(v), stats.Float(1.001 * v), stats.Float(0.999 * v)}})
		}
	}
	return all
}

func TestTheGeneratorIsHeldToItsTargets(t *testing.T) {
	m := matches[0]
	others := [2]string{m.rivals[0].String(), m.rivals[1].String()}
	for _, tt := range []struct {
		rate, cpu float64
		want      string
	}{
		{160_000, 5000, "met met"}, {140_000, 5000, "missed met"}, {160_000, 6000, "met missed"},
	} {
		measures := m.judged(values(map[string][3]float64{
			m.ours.String(): {tt.rate, tt.cpu, 5000}, others[0]: {100_000, 9000, 8000}, others[1]: {110_000, 5500, 8000},
		}, m.ours.String(), others[0], others[1]))
		var verdicts []string
		for i := range measures {
			for _, c := range measures[i].Comparisons {
				if v := c.Judge(measures[i].Effect(c)); v != NoTarget {
					verdicts = append(verdicts, string(v))
				}
			}
		}
		if got := strings.Join(verdicts, " "); got != tt.want {
			t.Errorf("at %v a second and %v ns it is %q, want %q", tt.rate, tt.cpu, got, tt.want)
		}
	}
}

func TestOfAServerWhoseCPUTimeIsUnknownNothingIsSaid(t *testing.T) {
	m := matches[1]
	measures := m.judged(values(map[string][3]float64{m.ours.String(): {2e6, 500, math.NaN()}}, m.ours.String()))
	if got := measures[0].Note; got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestTheNoteSaysWhichCoresWereBusy(t *testing.T) {
	m := matches[1]
	m.rivals = m.rivals[:1]
	measures := m.judged(values(map[string][3]float64{
		m.ours.String(): {2e6, 500, 450}, m.rivals[0].String(): {1e6, 300, 600},
	}, m.ours.String(), m.rivals[0].String()))
	const want = "Cores kept busy by generator + server, 50 connections × 32: redisduel load --pipeline 32 1.00 + 0.90; redis-benchmark -c 50 -P 32 0.30 + 0.60"
	if got := measures[0].Note; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestTheServerWasTheLimitOnlyIfItAloneHadNoTimeLeft(t *testing.T) {
	m := matches[1]
	m.rivals = m.rivals[:1]
	for _, c := range []struct {
		cpu, server float64 // ns of a command, at two million a second
		limit       bool
	}{{350, 500, true}, {500, 500, false}, {350, 350, false}} {
		measures := m.judged(values(map[string][3]float64{
			m.ours.String(): {2e6, c.cpu, c.server}, m.rivals[0].String(): {1e6, 300, 600},
		}, m.ours.String(), m.rivals[0].String()))
		if got := strings.Contains(measures[0].Note, "it was the limit"); got != c.limit {
			t.Errorf("generator %v ns and server %v ns: the server is said to be the limit: %v, want %v", c.cpu, c.server, got, c.limit)
		}
	}
}
