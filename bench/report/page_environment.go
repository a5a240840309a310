package report

import (
	"redisduel/bench/quantity"

	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// environment writes what the duel was fought on.
func (p *page) environment() {
	h := &p.result.Host
	p.heading(2, "Environment")
	rows := [][]string{
		{"server", escape(server(&p.duel.Server))},
		{"servers asked for", orUnstated(p.duel.Topology)},
		// Read before the first trial: a side that is about a setting sets it later.
		{"server settings, before a side's own", escape(settings(p.duel.Server.Settings))},
		{"round trip", escape(quantity.Asked(p.duel.RTT) + " asked for, " + quantity.Span(p.duel.RTTMeasured) + " measured")},
		{"host", escape(host(h))},
		{"clock", escape(h.Clock)},
		{"redisduel", orUnknown(p.result.Version)},
		{"run", escape(p.result.RunID + ", " + date(p.result.Started))},
	}
	if cores := p.duel.Cores; cores != nil {
		rows = append(rows, []string{"cores", escape(cores.String())})
	}
	p.table("ll", []string{"what", "value"}, rows)
	p.para("The emulated network delays each direction; TCP's slow start is not modelled.")
}

func orUnstated(topology string) string {
	if topology == "" {
		return "any single server"
	}
	return escape(topology)
}

func settings(all map[string]string) string {
	if len(all) == 0 {
		return "not known"
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		if value == "" {
			value = `""`
		}
		pairs = append(pairs, name+" "+value)
	}
	return strings.Join(pairs, ", ")
}

// repeat writes the command line for this duel alone.
func (p *page) repeat() {
	s := p.result.Settings
	args := []string{"run", p.duel.Scenario, "--rtt", p.duel.RTT.String()}
	if !s.Early {
		args = append(args, "--rounds", strconv.Itoa(s.Rounds))
	}
	args = append(args, "--duration", s.Duration.String(), "--seed", strconv.FormatUint(s.Seed, 10))
	if s.Quick {
		args = append(args, "--quick") // a smaller version of the scenario
	}
	p.heading(2, "How to reproduce this")
	p.code(commandLine(args))
	if !p.duel.Server.Own {
		p.para("The server was not started by redisduel: name it with `--url`.")
	}
	p.para("%s", fmt.Sprintf("Every trial with its histograms is in [%s](%s).", resultsPath, resultsPath))
}
