package bench

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
)

const (
	// loadingPatience is how long a server may go on loading its data.
	loadingPatience = 10 * time.Second
	// answerPatience is how long it may take to answer what costs it nothing.
	answerPatience = 5 * time.Second
	// quiet is how many commands a second of others do not count as live
	// traffic: an exporter or a health check makes fewer.
	quiet = 10
	// listening is how long we count commands to tell what others do now from
	// what the server averages over the last seconds, our own past included.
	listening = 250 * time.Millisecond
)

// look knocks at the user's address and returns the host that answers, once it
// has loaded its data, and whether it is a node of a cluster.
func look(ctx context.Context, target Target) (node Target, cluster bool, err error) {
	if node, err = target.knock(ctx); err != nil {
		return node, false, err
	}
	client, err := node.direct()
	if err != nil {
		return node, false, err
	}
	defer client.Close()
	stated, err := loaded(ctx, client)
	if err != nil {
		return node, false, err
	}
	if enabled, _ := stated.Field("cluster_enabled"); enabled == "1" {
		return node, true, nil
	}
	if a, err := parseAddress(target.URL); err == nil && len(a.hosts) > 1 {
		return node, false, fmt.Errorf("%w: several nodes are named, but the one that answers is in no cluster; name one server", ErrRefused)
	}
	return node, false, nil
}

// preflight looks at a server that is not ours, or at all primaries of a
// cluster, and refuses it if we might do harm, of which a heavy load does more. It
// only reads.
func preflight(ctx context.Context, nodes []Target, consent Consent, heavy bool) error {
	keys := int64(0)
	for _, node := range nodes {
		n, err := alone(ctx, node, consent, heavy || len(nodes) == 1)
		if err != nil {
			return err
		}
		keys += n
	}
	if keys > 0 && !consent.Data {
		return fmt.Errorf("%w: the %s holds %d keys; redisduel would only touch keys of its own, all with a time to live, but its load slows others down: add --allow-data to run all the same", ErrRefused, installation(nodes), keys)
	}
	return nil
}

func installation(nodes []Target) string {
	if len(nodes) > 1 {
		return "cluster"
	}
	return "server"
}

// alone counts a server's keys, and refuses a replica and, without consent, a
// server that others use and one whose replicas would feel it. Hardly a cluster is
// without replicas, and those do not feel some hundred keys.
func alone(ctx context.Context, node Target, consent Consent, felt bool) (keys int64, err error) {
	client, err := node.direct()
	if err != nil {
		return 0, err
	}
	defer client.Close()
	stated, err := loaded(ctx, client)
	if err != nil {
		return 0, err
	}
	if role, _ := stated.Field("role"); role == "slave" {
		return 0, fmt.Errorf("%w: the server is a read-only replica; name its primary", ErrRefused)
	}
	asking, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	if keys, err = client.Do(asking, client.B().Dbsize().Build()).AsInt64(); err != nil {
		return 0, fmt.Errorf("%w: cannot count the server's keys: %w; let the user run it (ACL +dbsize)", ErrEnvironment, err)
	}
	if keys > 0 && !consent.Data || consent.Live {
		return keys, nil
	}
	if n := whole(stated, "connected_slaves"); n > 0 && felt {
		return 0, fmt.Errorf("%w: the server has %d attached replicas, which would carry the load, too: add --allow-live to run all the same", ErrRefused, n)
	}
	return keys, unused(ctx, client, stated)
}

// unused refuses a server on which others run commands.
func unused(ctx context.Context, client rueidis.Client, stated evidence.Snapshot) error {
	if whole(stated, "instantaneous_ops_per_sec") <= quiet {
		return nil
	}
	rate, err := foreignRate(ctx, client, whole(stated, "connected_slaves"))
	if err == nil && rate > quiet {
		err = fmt.Errorf("%w: others run %.0f commands a second on the server, and its load slows them down: add --allow-live to run all the same", ErrRefused, rate)
	}
	return err
}

// loaded waits until the server has loaded its data and returns what it states.
func loaded(ctx context.Context, client rueidis.Client) (evidence.Snapshot, error) {
	for deadline := time.Now().Add(loadingPatience); ; {
		stated, err := evidence.Take(ctx, client)
		if err != nil {
			return stated, fmt.Errorf("%w: cannot read INFO from the server: %w", ErrEnvironment, err)
		}
		if loading, _ := stated.Field("loading"); loading != "1" {
			return stated, nil
		}
		if time.Now().After(deadline) {
			done, _ := stated.Field("loading_loaded_perc")
			return stated, fmt.Errorf("%w: the server was still loading its data after %v (%.6s %% done); try again when it is ready", ErrEnvironment, loadingPatience, done)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return stated, context.Cause(ctx)
		}
	}
}

// foreignRate is the commands a second of others, counted for a moment. Each of
// the replicas acknowledges once a second, and so at most once meanwhile.
func foreignRate(ctx context.Context, client rueidis.Client, replicas int) (float64, error) {
	const name = "total_commands_processed"
	first, err := evidence.Fields(ctx, client, name)
	if err == nil {
		began := time.Now()
		select {
		case <-time.After(listening):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		var last map[string]float64
		if last, err = evidence.Fields(ctx, client, name); err == nil {
			others := last[name] - first[name] - float64(1+replicas) // one is ours
			return others / time.Since(began).Seconds(), nil
		}
	}
	return 0, fmt.Errorf("%w: cannot read INFO from the server: %w", ErrEnvironment, err)
}

// whole is a field of INFO that is a whole number, else 0.
func whole(stated evidence.Snapshot, field string) int {
	text, _ := stated.Field(field)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
