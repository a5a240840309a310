package bench

import "time"

// A Ledger is what results say about statements that circulate about Redis. It
// is judged anew from the results whenever a report is written.
type Ledger struct {
	Claims []Claim `json:"claims"`
	// Distant is the run at a longer round trip that some claims are judged by;
	// nil if there is none beside the report.
	Distant *DistantRun `json:"distant,omitempty"`
}

// A DistantRun tells of a run whose report lies in a directory within another's.
type DistantRun struct {
	Dir     string        `json:"dir"` // relative to the report's directory
	RTT     time.Duration `json:"rtt_ns"`
	Started time.Time     `json:"started"`
	Host    Host          `json:"host"`
}

// A Claim is a statement and what was found about it.
type Claim struct {
	Says    string       `json:"says"` // in the words in which it circulates
	Verdict ClaimVerdict `json:"verdict"`
	Finding string       `json:"finding"` // with the numbers, or why there are none
	Counts  string       `json:"counts"`  // what counts as what, and why: declared before it was measured
	// Evidence is where the numbers are from, Measure the command that would
	// yield them if they are missing.
	Evidence []Evidence `json:"evidence,omitempty"`
	Measure  string     `json:"measure,omitempty"`
}

// Evidence names a page of a report.
type Evidence struct {
	Scenario string `json:"scenario"`
	Section  string `json:"section,omitempty"` // heading on the duel's page; empty for all of it
	Distant  bool   `json:"distant,omitempty"` // the duel is one of the distant run
	Sweep    string `json:"sweep,omitempty"`   // the name of a sweep of the scenario, whose page it is then
}

// A ClaimVerdict is what the numbers say about a statement.
type ClaimVerdict string

// The verdicts on a claim.
const (
	Confirmed   ClaimVerdict = "confirmed"
	Corrected   ClaimVerdict = "confirmed with a correction"
	Refuted     ClaimVerdict = "refuted"
	NotShown    ClaimVerdict = "not demonstrable here"
	NotMeasured ClaimVerdict = "not measured in this run"
)

// ClaimVerdicts are all of them, in the order in which a summary counts them.
var ClaimVerdicts = [...]ClaimVerdict{Confirmed, Corrected, Refuted, NotShown, NotMeasured}
