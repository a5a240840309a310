package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/redisd"
)

// KeyPrefix is what every key begins with that we write, whatever the run.
const KeyPrefix = "redisduel:"

var (
	// harness is what we call for any scenario: to look at the server, to ask
	// what the user may do, to seed, to measure the round trip, to clean up.
	harness = []string{"dbsize", "discard", "get", "info", "multi", "ping", "set", "unlink"}
	// ofCluster are the calls of a client that finds its way in a cluster; the
	// client library asks for shards from Redis 8 on, and for slots before.
	ofCluster = []string{"cluster|info", "cluster|myid", "cluster|shards", "cluster|slots"}
	// Optional commands are asked for and may be refused: the slow log, the
	// latency monitor and the settings are then missing from the report.
	Optional = []string{"config|get", "latency|latest", "slowlog|get"}
)

// Needs is what a user must be allowed to call for the scenario to run on a
// server that is not ours: command names as in an ACL rule, sorted.
func (s *Scenario) Needs() []string {
	needs := slices.Concat(harness, s.Commands)
	if s.On != nil {
		needs = append(needs, ofCluster...)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// ACL is the least that a user needs for the scenarios, as rules of ACL SETUSER.
func ACL(scenarios ...Scenario) string {
	var all []string
	for i := range scenarios {
		all = append(all, scenarios[i].Needs()...)
	}
	slices.Sort(all)
	rules := "~" + KeyPrefix + "* -@all"
	for _, command := range slices.Compact(all) {
		rules += " +" + command
	}
	return rules
}

// outside are the commands that would not be queued in a transaction. None of
// them does anything outside of one, but WATCH, which ends with the connection.
var outside = []string{"discard", "exec", "unwatch", "watch"}

// askPatience is how long it may take to ask about all commands of a scenario,
// a round trip or two each, across an ocean.
const askPatience = 30 * time.Second

// mostArity is the most words that a command of ours takes at the least.
const mostArity = 6

// lacking asks the server which of the commands it would refuse, without running
// any: what stands after MULTI is checked and queued, and DISCARD throws it away.
func lacking(ctx context.Context, client rueidis.Client, commands []string) (lacks []string, err error) {
	first, queued := []string{}, []string{}
	for _, command := range commands {
		switch {
		case slices.Contains(outside, command):
			first = append(first, command)
		case command != "multi":
			queued = append(queued, command)
		}
	}
	err = client.Dedicated(func(c rueidis.DedicatedClient) error {
		if lacks, err = lacksOf(ctx, c, append(first, "multi")); err != nil {
			return err
		}
		if slices.ContainsFunc(lacks, func(lack string) bool { // +multi, or MULTI (unknown to the server)
			command, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(lack), "+"), " ")
			return command == "multi" || command == "discard"
		}) {
			return nil // what came next would be executed, or never thrown away
		}
		more, err := lacksOf(ctx, c, queued)
		lacks = append(lacks, more...)
		return errors.Join(err, c.Do(ctx, c.B().Discard().Build()).Error())
	})
	slices.Sort(lacks)
	return slices.Compact(lacks), err
}

func lacksOf(ctx context.Context, c rueidis.DedicatedClient, commands []string) (lacks []string, err error) {
	for _, command := range commands {
		lack, err := lackOf(ctx, c, command)
		if err != nil {
			return lacks, err
		}
		if lack != "" {
			lacks = append(lacks, lack)
		}
	}
	return lacks, nil
}

// lackOf asks about one command. How many words it wants is found by trying: a
// server looks at that first.
func lackOf(ctx context.Context, c rueidis.DedicatedClient, command string) (string, error) {
	words := strings.Split(command, "|")
	for ; len(words) <= mostArity; words = append(words, KeyPrefix+"rights") {
		result := c.Do(ctx, c.B().Arbitrary(words...).Build())
		if err := result.NonRedisError(); err != nil {
			return "", err
		}
		refusal := ""
		if err := result.Error(); err != nil {
			refusal = err.Error()
		}
		if !strings.Contains(refusal, "wrong number of arguments") {
			return lackBy(refusal, command), nil
		}
	}
	return "", nil
}

// lackBy is what a refusal says that the user lacks, as an ACL rule; empty if it
// is for another reason than that of rights.
func lackBy(refusal, command string) string {
	switch {
	case strings.HasPrefix(refusal, "NOPERM") && strings.Contains(refusal, "permissions to access"): // a key
		return "~" + KeyPrefix + "*"
	case strings.HasPrefix(refusal, "NOPERM"):
		return "+" + command
	case strings.Contains(refusal, "unknown command"), strings.Contains(refusal, "unknown subcommand"):
		return strings.ToUpper(strings.ReplaceAll(command, "|", " ")) + " (unknown to the server)"
	}
	return ""
}

// harnessConnections are those that watch, seed and read counters.
const harnessConnections = 8

// connections is the most that the scenario has open at once under a setting, ours
// included: the longer the round trip, the more ops are under way.
func (s *Scenario) connections(set Setting) int {
	n := max(s.Connections, s.spec(set).Workers) + harnessConnections
	if s.Bystander {
		n += bystanderLoad(set.RTT, 0, 0).Workers
	}
	return n
}

// otherFiles are what a trial's process has open besides its connections.
const otherFiles = 32

// EnoughFiles leaves out what would run out of open files in the middle, with so
// many connections at once.
func EnoughFiles(what string, connections int) error {
	limit, need := redisd.OpenFiles(), int64(connections+otherFiles)
	if limit == 0 || need <= limit {
		return nil
	}
	return fmt.Errorf("%w: %s opens up to %d files, and this process may open %d (nofile); raise the limit with ulimit -n %d", ErrSkipped, what, need, limit, need)
}
