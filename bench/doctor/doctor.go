// Package doctor looks at a running Redis for the anti-patterns whose price
// this project measures, and says of each what was seen, why it matters and
// what to change.
//
// It only reads, and little: INFO, SLOWLOG GET, LATENCY LATEST, CONFIG GET and
// ACL WHOAMI where the user may, one connection without credentials, and a
// bounded sample of keys by SCAN and MEMORY USAGE. It never calls KEYS or
// MONITOR, and never changes anything. Most counters reach back to the server's
// start, so that a fault that was mended may still show until CONFIG RESETSTAT.
//
// Examine collects and judges; a rule is a function from what was collected to
// sentences, so that each can be tested on a server that has its fault. Package
// report writes a Diagnosis for people.
package doctor

import (
	"context"
	"slices"
	"time"
)

// A Finding is a fault that was seen.
type Finding struct {
	Name string `json:"name"` // of the rule, such as "keys-command"
	// Seen says what was seen, with its numbers, a sentence for each node.
	// Names in it come from the server and may be hostile.
	Seen []string `json:"seen"`
	Why  string   `json:"why"` // it matters, in a sentence
	// Scenario is the duel that measures its price; empty if there is none.
	Scenario string `json:"scenario,omitempty"`
	Change   string `json:"change"` // what to do, in a sentence
}

// A Diagnosis is what a look at a server found.
type Diagnosis struct {
	Software string `json:"software"` // "redis" or "valkey"
	Version  string `json:"version"`
	// Uptime is how far back the counters reach at most: the shortest of the
	// nodes'.
	Uptime   time.Duration `json:"uptime_ns"`
	Nodes    int           `json:"nodes"`
	Keys     int64         `json:"keys"`    // in all databases
	Sampled  int           `json:"sampled"` // keys that were looked at one by one
	Findings []Finding     `json:"findings"`
	// Unseen says what the server did not let us see, and which right is
	// missing, a sentence each.
	Unseen []string `json:"unseen,omitempty"`
}

// Examine looks at the nodes of one installation: a single server, or the
// primaries of a cluster. It takes some milliseconds and the time of the sample,
// see Sample. The error is that of INFO or of a connection; what else a server
// refuses is in Unseen.
func Examine(ctx context.Context, nodes []Node, s Sample) (*Diagnosis, error) {
	looks := make([]*look, 0, len(nodes))
	for _, n := range nodes {
		l, err := n.look(ctx, s)
		if err != nil {
			return nil, err
		}
		looks = append(looks, l)
	}
	return diagnose(looks), nil
}

func diagnose(looks []*look) *Diagnosis {
	d := &Diagnosis{Nodes: len(looks), Findings: []Finding{}}
	for i, l := range looks {
		if i == 0 {
			d.Software, d.Version, d.Uptime = l.software, l.version, l.uptime
		}
		d.Uptime = min(d.Uptime, l.uptime)
		d.Keys += l.keys
		d.Sampled += l.sampled
		d.Unseen = append(d.Unseen, l.unseen...)
	}
	slices.Sort(d.Unseen)
	d.Unseen = slices.Compact(d.Unseen)
	for _, r := range rules() {
		if seen := r.over(looks); len(seen) > 0 {
			d.Findings = append(d.Findings, Finding{r.name, seen, r.why, r.scenario, r.change})
		}
	}
	return d
}

// A rule looks for one fault.
type rule struct {
	name, scenario string
	why, change    string
	see            func(*look) string // what one node shows; empty if nothing
	compare        func([]*look) string
}

// over applies the rule to all nodes. In a cluster each sentence names its node.
func (r rule) over(looks []*look) (seen []string) {
	if r.compare != nil {
		if s := r.compare(looks); s != "" {
			return []string{s}
		}
		return nil
	}
	for _, l := range looks {
		s := r.see(l)
		if s != "" && len(looks) > 1 {
			s = l.name + ": " + s
		}
		if s != "" {
			seen = append(seen, s)
		}
	}
	return seen
}
