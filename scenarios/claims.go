package scenarios

import (
	"strings"

	"redisduel/bench"
)

// A claim is a statement that circulates about Redis, and how results are held
// against it.
type claim struct {
	says   string // in the words in which it circulates
	counts string // what counts as what, and why
	grounds
	// judge decides by numbers of the grounds, and says why in a sentence. What
	// it decides by numbers that are missing is not used.
	judge func(*record) (bench.ClaimVerdict, string)
}

// grounds are the pages that hold what a claim is judged by.
type grounds []bench.Evidence

// near is a section of the page of a duel of the main run; distant is one of the
// run at DistantRTT.
func near(scenario, section string) bench.Evidence {
	return bench.Evidence{Scenario: scenario, Section: section}
}

func distant(scenario, section string) bench.Evidence {
	return bench.Evidence{Scenario: scenario, Section: section, Distant: true}
}

// claims are the statements, from how a program talks to Redis to what it asks
// of it.
func claims() []claim {
	return []claim{
		fourPerSecond(), connectingCosts(), thousandsWithAPool(), hundredCommands(), defaultPoolExhausted(), poolFormula(),
		keysBlocks(), zrangeBlocks(),
		eternalKeys(), noevictionStops(), lfuProtects(),
		recordsInJSON(), shardedKey(),
		lockStopsLoads(), ownedRelease(), digestSaves(),
	}
}

// Ledger holds every claim against a run of the duels, with its sweeps, and one
// at DistantRTT. Either may be nil or lack what a claim needs, which is then not
// measured.
func Ledger(main, far *bench.Result) *bench.Ledger {
	l := &bench.Ledger{Claims: []bench.Claim{}}
	for _, c := range claims() {
		l.Claims = append(l.Claims, c.held(main, far))
	}
	if far != nil {
		l.Distant = &bench.DistantRun{Dir: DistantDir, RTT: far.Settings.RTT, Started: far.Started, Host: far.Host}
	}
	return l
}

// held is the claim, held against results.
func (c claim) held(main, far *bench.Result) bench.Claim {
	r := &record{main: main, far: far}
	verdict, finding := c.judge(r)
	switch {
	case len(r.missing) > 0:
		return bench.Claim{Says: c.says, Counts: c.counts, Verdict: bench.NotMeasured, Finding: r.missing[0], Measure: r.measure()}
	case len(r.unclear) > 0:
		verdict, finding = bench.NotShown, r.unclear[0]
	}
	return bench.Claim{Says: c.says, Counts: c.counts, Verdict: verdict, Finding: finding, Evidence: append(c.grounds, r.swept...)}
}

// measure is the command line that yields what is missing.
func (r *record) measure() string {
	var commands []string
	if r.needsMain {
		commands = append(commands, "redisduel run")
	}
	if r.needsFar {
		commands = append(commands, "redisduel claims")
	}
	return strings.Join(commands, " && ")
}
