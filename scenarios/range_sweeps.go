package scenarios

import (
	"redisduel/bench"
	"redisduel/patterns"
)

// rangeSizes varies the size of the set.
func rangeSizes() bench.Sweep {
	return bench.Sweep{
		Name: "members", Parameter: "members of the set",
		Values: []float64{10, 100, 1e3, 1e4, 1e5, 1e6},
		At:     rangeAt,
		Even:   evenStall,
		Predict: func(set bench.Setting, members float64) (pattern, antipattern float64) {
			r, s := float64(set.RTT), float64(perMember)
			return r + min(members, patterns.RangePage)*s, r + members*s
		},
		Formula: "R + min(M, 1,000)·s against R + M·s, with M members and s = 280 ns for each: up to a page both make the same call",
	}
}

// rangeAt is the scenario with a set of another size, in short trials.
func rangeAt(members float64) bench.Scenario {
	s := twinsOnly(rangesOf(int(members)))
	s.Load = briefScans
	return s
}

// pagedMembers is the size of the set where the page is varied.
const pagedMembers = 100_000

// rangePages varies the page and looks at how long the reading takes: what one
// call is better at.
func rangePages() bench.Sweep {
	return bench.Sweep{
		Name: "page", Parameter: "members of a page, of 100,000",
		Values: []float64{100, 1000, 10_000, 100_000},
		At:     rangePageAt,
		Predict: func(set bench.Setting, page float64) (pattern, antipattern float64) {
			r, s := float64(set.RTT), float64(perMember)
			return float64(pagesOf(pagedMembers, int(page)))*r + pagedMembers*s, r + pagedMembers*s
		},
		Formula: "⌈M/page⌉·R + M·s against R + M·s, with M = 100,000 members, R as measured and s = 280 ns for each, without the client's time",
	}
}

// rangePageAt is the scenario with 100,000 members and pages of another size, by
// rank, in short trials.
func rangePageAt(page float64) bench.Scenario {
	s := rangeAt(pagedMembers)
	s.Primary, s.Bystander = bench.MedianResponse(readingTime), false
	s.RoundTrips = pagesOf(pagedMembers, int(page))
	s.Pattern = readings(pagedMembers, byRank(int(page), s.RoundTrips))
	s.Checks = rangeChecks(pagedMembers, int(page))
	return twinsOnly(s)
}
