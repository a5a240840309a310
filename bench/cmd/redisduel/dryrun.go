package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/generator"
	"redisduel/bench/quantity"
)

// dryRun shows what the scenarios would do to a server that is not ours, at a round
// trip: the longer that is, the more connections there are.
func dryRun(out io.Writer, chosen []bench.Scenario, rtt time.Duration) error {
	fmt.Fprint(out, "What each duel would do on your server. Nothing has been sent. The commands that it\ncalls stand as the ACL rules of a user that may do this and nothing else.\n\n")
	id := bench.NewRunID()
	var shared []bench.Scenario
	for i := range chosen {
		s := &chosen[i]
		fmt.Fprintf(out, "%s: %s\n", s.Name, s.Title)
		switch {
		case needsOwn(*s) && s.On == nil:
			fmt.Fprintf(out, "  runs on      a server of its own, never on yours: %s\n\n", s.Topology)
			continue
		case needsOwn(*s):
			fmt.Fprintf(out, "  runs on      a server of its own: %s; or on yours, if --url names a cluster, and there:\n%s\n\n", s.Topology, strings.Join(plan(s, id, rtt), "\n"))
			continue
		}
		shared = append(shared, *s)
		fmt.Fprintln(out, strings.Join(plan(s, id, rtt), "\n")+"\n")
	}
	if len(shared) > 0 {
		fmt.Fprintf(out, "A user for all of these that run on a single server:\n\n  ACL SETUSER redisduel on >PASSWORD resetkeys %s\n\nWith +%s the report also holds the server's settings and slow commands.\n",
			bench.ACL(shared...), strings.Join(bench.Optional, " +"))
	}
	return nil
}

// plan says what a scenario would do to a server that is not ours.
func plan(s *bench.Scenario, runID string, rtt time.Duration) []string {
	n := s.Needed(runID, bench.Settings{RTT: rtt})
	lines := []string{
		fmt.Sprintf("  keys         up to %s at a time, such as %s; each expires within %s", quantity.Count(int64(n.Keys)), n.Example, minutes),
		fmt.Sprintf("  connections  up to %d", n.Connections),
		"  commands     " + bench.ACL(*s),
	}
	if n.Scripts {
		lines = append(lines, "  leaves       small scripts in the server's cache; only SCRIPT FLUSH removes them, which is never called")
	}
	if s.On != nil {
		lines = append(lines, "  more keys    where slots are dealt out unevenly, so that each node has one of the hot value")
	}
	if s.Blocking {
		lines = append(lines, "  asks for     --allow-blocking: it "+blocks)
	}
	return lines
}

// dryLoad shows what a load would do to a server that is not ours, or refuses it as
// such a server would be spared it.
func dryLoad(out io.Writer, spec generator.Spec, consent generator.Consent) error {
	if err := spec.Harm(consent); err != nil {
		return err
	}
	cluster := spec.Scenario()
	single := cluster
	single.On = nil
	own := single.Needs()
	more := slices.DeleteFunc(cluster.Needs(), func(command string) bool { return slices.Contains(own, command) })
	fmt.Fprintf(out, "What the load would do on your server. Nothing has been sent. The commands that it\ncalls stand as the ACL rules of a user that may do this and nothing else.\n\n%s\n%s\n  on a cluster as many connections to each primary, and these rights besides,\n               with +asking while slots move: +%s\n",
		strings.Join(spec.Command, " "), strings.Join(plan(&single, bench.NewRunID(), spec.RTT), "\n"), strings.Join(more, " +"))
	return nil
}
