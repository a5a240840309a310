package scenarios

import (
	"context"
	"iter"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

// scanSizes varies the number of keys.
func scanSizes() bench.Sweep {
	return bench.Sweep{
		Name: "keys", Parameter: "keys on the server",
		Values: []float64{1e3, 1e4, 1e5, 1e6},
		At:     scanAt,
		Even:   evenStall,
		Predict: func(set bench.Setting, keys float64) (pattern, antipattern float64) {
			r, s := float64(set.RTT), float64(perKey)
			return r + min(keys, patterns.ScanCount)*s, r + keys*s
		},
		Formula: "R + COUNT·s against R + N·s, with COUNT = 1,000, N keys and s = 130 ns for each; one key in 1,000 matches",
	}
}

// scanAt is the scenario with another number of keys, in short trials. One key
// in a thousand matches, as with a million.
func scanAt(keys float64) bench.Scenario {
	s := twinsOnly(scanOf(int(keys)))
	s.Load = briefScans
	return s
}

func briefScans(set bench.Setting) load.Spec {
	set.Duration = sweepTrial(set)
	return scanLoad(set)
}

// countedKeys is the number of keys where COUNT is varied.
const countedKeys = 100_000

// scanCounts varies the page of a scan and looks at what others wait: a page as
// large as the server is a KEYS that takes longer.
func scanCounts() bench.Sweep {
	return bench.Sweep{
		Name: "count", Parameter: "keys of a page (COUNT), of 100,000",
		Values: []float64{100, 1000, 10_000, 100_000},
		At:     scanCountAt,
		Predict: func(set bench.Setting, count float64) (pattern, antipattern float64) {
			r, s := float64(set.RTT), float64(perKey)
			return r + count*s, r + countedKeys*s
		},
		Formula: "R + COUNT·s against R + N·s, with N = 100,000 keys and s = 130 ns for each",
	}
}

// scanTimes is the same with the opposite sign: a page costs a round trip.
func scanTimes() bench.Sweep {
	s := scanCounts()
	s.Name = "time"
	s.At = func(count float64) bench.Scenario {
		s := scanCountAt(count)
		s.Primary, s.Bystander = wholeIteration(countedKeys), false
		return s
	}
	s.Predict = func(set bench.Setting, count float64) (pattern, antipattern float64) {
		r, s := float64(set.RTT), float64(perKey)
		return countedKeys/count*r + countedKeys*s, r + countedKeys*s
	}
	s.Formula = "N/COUNT·R + N·s against R + N·s, with N = 100,000 keys, R as measured and s = 130 ns for each"
	return s
}

// scanCountAt is the scenario with 100,000 keys and pages of another size, in
// short trials.
func scanCountAt(count float64) bench.Scenario {
	s := scanAt(countedKeys)
	s.Pattern = iterations(keysInPagesOf(int64(count)))
	s.Checks = scanChecks(countedKeys, int(count))
	s.RoundTrips = int(countedKeys/count) + 1
	return twinsOnly(s)
}

// keysInPagesOf is Keys of package patterns, for one server, with another COUNT.
func keysInPagesOf(count int64) func(context.Context, rueidis.Client, string) iter.Seq2[string, error] {
	return func(ctx context.Context, client rueidis.Client, match string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for cursor := uint64(0); ; {
				page, err := client.Do(ctx, client.B().Scan().Cursor(cursor).Match(match).Count(count).Build()).AsScanEntry()
				if err != nil {
					yield("", err)
					return
				}
				for _, key := range page.Elements {
					if !yield(key, nil) {
						return
					}
				}
				if cursor = page.Cursor; cursor == 0 {
					return
				}
			}
		}
	}
}
