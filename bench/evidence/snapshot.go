package evidence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// patience is the most that one snapshot may take. A server that is silent for
// longer cannot give evidence of a trial anyway.
const patience = 5 * time.Second

// What a Snapshot can lack, as Missing names it.
const (
	MissingCommands = "commandstats" // INFO has no such section
	MissingReads    = "reads"        // INFO has no total_reads_processed
	MissingSlow     = "slowlog"      // SLOWLOG GET was refused
	MissingLatency  = "latency"      // LATENCY LATEST was refused
)

// A Snapshot is what one node said at one moment. It stays in memory; a Delta
// is what is kept. It is safe for concurrent use once taken.
type Snapshot struct {
	// INFO is asked first and last, so that between the last INFO of one
	// snapshot and the first of the next lies one command of ours, of known
	// size, whatever else the snapshots ask.
	first, last info
	slow        []Slow // newest first
	latency     map[string]event
	missing     []string
}

// Take asks one node for its counters, its slow log and its latency events:
// four commands, one at a time, of about 0.4 ms and 12 kB together on loopback.
// It needs a client of a single server (ForceSingleClient, or one of the Nodes
// of a cluster client) with DisableCache and DisableRetry, and the permission
// for INFO; SLOWLOG and LATENCY may be forbidden or renamed, see Missing. The
// error is that of INFO or of the connection. Take gives up after 5 seconds or
// when ctx ends.
func Take(ctx context.Context, client rueidis.Client) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var s Snapshot
	var err error
	if s.first, err = ask(ctx, client); err != nil {
		return Snapshot{}, err
	}
	if s.slow, err = s.askSlow(ctx, client); err != nil {
		return Snapshot{}, err
	}
	if s.latency, err = s.askLatency(ctx, client); err != nil {
		return Snapshot{}, err
	}
	if s.last, err = ask(ctx, client); err != nil {
		return Snapshot{}, err
	}
	s.noteMissing()
	return s, nil
}

func ask(ctx context.Context, client rueidis.Client) (info, error) {
	text, err := client.Do(ctx, client.B().Info().Section(infoSection).Build()).ToString()
	if _, refused := rueidis.IsRedisErr(err); refused {
		return info{}, fmt.Errorf("evidence: the server refused INFO, without which nothing can be proved; let the user run it (ACL +info): %w", err)
	}
	if err != nil {
		return info{}, fmt.Errorf("evidence: no answer to INFO; is the server alive and not blocked? %w", err)
	}
	in := parseInfo(text)
	in.at = time.Now()
	return in, nil
}

// noteMissing looks for what INFO lacks. The last INFO must hold the calls of
// the first one.
func (s *Snapshot) noteMissing() {
	if len(s.last.commands) == 0 {
		s.missing = append(s.missing, MissingCommands)
	}
	if _, ok := s.last.stats["total_reads_processed"]; !ok {
		s.missing = append(s.missing, MissingReads)
	}
	slices.Sort(s.missing)
}

// Missing names what the server did not tell, sorted, from the constants of
// this package. Counts that rest on it are zero and prove nothing.
func (s Snapshot) Missing() []string { return slices.Clone(s.missing) }

// Software is what the server says it is: "redis" or "valkey", its version, and
// "standalone", "cluster" or "sentinel". What it does not state is empty. Valkey
// states the version of Redis that it is compatible with beside its own, and since
// 8.0 its mode by another name.
func (s Snapshot) Software() (name, version, mode string) {
	stated := s.last.fields
	name, version = "redis", stated["redis_version"]
	if own, ok := stated["valkey_version"]; ok {
		name, version = "valkey", own
	}
	return name, version, cmp.Or(stated["redis_mode"], stated["server_mode"])
}

// Field returns a field of INFO as the server states it, such as run_id,
// process_id, role, cluster_enabled, maxmemory_policy, os or db0. ok is false if
// the server states none. The value may be hostile: escape it before it is shown.
func (s Snapshot) Field(name string) (value string, ok bool) {
	value, ok = s.last.fields[name]
	return value, ok
}
