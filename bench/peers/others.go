package peers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The other generators.
const (
	redisBenchmark = "redis-benchmark"
	memtier        = "memtier_benchmark"
)

// A reported is what a generator says of a load.
type reported struct {
	rate               float64 // commands a second
	p50, p95, p99, max time.Duration
}

// parseBenchmark reads what redis-benchmark --csv prints for one command.
func parseBenchmark(out string) (reported, error) {
	lines := csv.NewReader(strings.NewReader(out))
	rows, err := lines.ReadAll()
	if err != nil || len(rows) != 2 {
		return reported{}, fmt.Errorf("redis-benchmark printed no table of one command: %.200q", out)
	}
	numbers := map[string]float64{}
	for i, name := range rows[0] {
		if i == 0 {
			continue // the command
		}
		if numbers[name], err = strconv.ParseFloat(rows[1][i], 64); err != nil {
			return reported{}, fmt.Errorf("redis-benchmark printed %q as %s", rows[1][i], name)
		}
	}
	r := reported{rate: numbers["rps"]}
	var missing error
	for name, to := range map[string]*time.Duration{
		"p50_latency_ms": &r.p50, "p95_latency_ms": &r.p95, "p99_latency_ms": &r.p99, "max_latency_ms": &r.max,
	} {
		v, ok := numbers[name]
		if !ok {
			missing = errors.Join(missing, fmt.Errorf("redis-benchmark printed no %s", name))
		}
		*to = time.Duration(v * float64(time.Millisecond))
	}
	if r.rate <= 0 {
		missing = errors.Join(missing, errors.New("redis-benchmark printed no rps above zero"))
	}
	return r, missing
}

// parseMemtier reads the commands a second of all together from memtier's
// table. Its columns of latencies differ between versions, the first four do
// not. A key that was not there is a command of another kind than was asked for.
func parseMemtier(out string) (rate float64, err error) {
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "Totals" {
			continue
		}
		rate, err = strconv.ParseFloat(words[1], 64)
		switch {
		case err != nil || rate <= 0:
			return 0, fmt.Errorf("memtier_benchmark printed no commands a second above zero: %.200q", line)
		case words[3] != "0.00":
			return 0, fmt.Errorf("memtier_benchmark found no key for %s commands a second", words[3])
		}
		return rate, nil
	}
	return 0, fmt.Errorf("memtier_benchmark printed no line of totals: %.200q", out)
}

// versionOf is what a program says to --version, without its name and without
// what it was built from.
func versionOf(name, out string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	line = strings.TrimPrefix(line, name+" ")
	if version, ok := strings.CutPrefix(line, "v="); ok {
		line, _, _ = strings.Cut(version, " ")
	}
	return line
}
