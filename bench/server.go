package bench

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
	"redisduel/bench/netem"
	"redisduel/bench/redisd"
)

// A Fixture is a server, or a cluster of them, on which a duel is fought.
type Fixture struct {
	Target Target   // where the sides connect
	Nodes  []Target // each primary by itself, where its counters are read
	// Primaries are the slots that each of the Nodes owns, of a cluster that is
	// not ours; nil otherwise.
	Primaries []SlotRanges
	Own       bool // started for this duel: may be reconfigured and thrown away
	PID       int  // of the process, of a single server of our own; 0 otherwise
	cores     *Cores
	// Died is closed when the server ends before Close, and Cause then says
	// why; nil for a server that is not ours to watch.
	Died  <-chan struct{}
	Cause func() error
	Close func() error
}

// guard returns a context that ends when the server dies, with that as its
// cause, and a function that must be called when the duel is over.
func (f *Fixture) guard(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-f.Died:
			cancel(fmt.Errorf("%w: the server died in the middle of the run: %w", ErrFailed, f.Cause()))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); <-ended }
}

// Servers provides the server for a duel under a setting. The caller closes the
// Fixture.
type Servers func(context.Context, *Scenario, Setting) (*Fixture, error)

// OwnServers starts a fresh server, or a cluster, for each duel and throws it
// away after.
func OwnServers(binary redisd.Binary) Servers {
	return func(ctx context.Context, s *Scenario, _ Setting) (*Fixture, error) {
		options := redisd.Options{Config: s.Topology.Config}
		if s.Topology.Nodes > 0 {
			return ownCluster(ctx, binary, s.Topology.Nodes, options)
		}
		server, err := redisd.Start(ctx, binary, options)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrEnvironment, err)
		}
		target := targetOf(server)
		f := &Fixture{
			Target: target, Nodes: []Target{target}, Own: true,
			Died: server.Done(), Cause: server.Err, Close: server.Close,
		}
		if !binary.Docker { // whose server is another's child
			f.PID = server.PID()
		}
		return f, nil
	}
}

func targetOf(server *redisd.Server) Target {
	return Target{URL: (&url.URL{
		Scheme: "redis", User: url.UserPassword("", server.Password()), Host: server.Addr(),
	}).String()}
}

// ownCluster starts a cluster. The first node to die ends the duel.
func ownCluster(ctx context.Context, binary redisd.Binary, n int, options redisd.Options) (*Fixture, error) {
	cluster, err := redisd.StartCluster(ctx, binary, n, options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvironment, err)
	}
	died := make(chan struct{})
	f := &Fixture{Own: true, Died: died}
	f.Cause = func() error { return firstError(cluster.Nodes()) }
	var watching sync.WaitGroup
	end := sync.OnceFunc(func() { close(died) })
	for _, node := range cluster.Nodes() {
		f.Nodes = append(f.Nodes, targetOf(node))
		watching.Go(func() { <-node.Done(); end() })
	}
	f.Target = f.Nodes[0]
	f.Target.Cluster = true
	f.Close = func() error {
		defer watching.Wait()
		return cluster.Close()
	}
	return f, nil
}

func firstError(nodes []*redisd.Server) error {
	for _, node := range nodes {
		if err := node.Err(); err != nil {
			return err
		}
	}
	return nil
}

// describe says what the duel is fought on.
func describe(ctx context.Context, nodes []rueidis.Client, own bool) (Server, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	snapshot, err := evidence.Take(ctx, nodes[0])
	if err != nil {
		return Server{}, fmt.Errorf("%w: cannot read INFO from the server: %w", ErrEnvironment, err)
	}
	server := Server{Nodes: len(nodes), Own: own}
	server.Software, server.Version, server.Mode = snapshot.Software()
	// A server may refuse CONFIG; its settings are then not shown.
	settings, err := nodes[0].Do(ctx, nodes[0].B().ConfigGet().Parameter(
		"maxmemory", "maxmemory-policy", "io-threads", "appendonly", "save", "latency-tracking").Build()).AsStrMap()
	if err == nil {
		server.Settings = settings
	}
	return server, nil
}

// measureRTT is the median of PINGs through the emulated network: at most 60 of
// them, and about a second.
func measureRTT(ctx context.Context, target Target, rtt time.Duration) (time.Duration, error) {
	env, err := newEnv(target, netem.Link{RTT: rtt}, "")
	if err != nil {
		return 0, err
	}
	defer env.Close()
	client, err := env.Client(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: cannot connect through the emulated network: %w", ErrEnvironment, err)
	}
	n := min(60, max(5, int(time.Second/max(rtt, time.Millisecond))))
	took := make([]time.Duration, 0, n)
	for range n {
		ctx, cancel := context.WithTimeout(ctx, timeout(rtt, 4))
		begin := time.Now()
		err := client.Do(ctx, client.B().Ping().Build()).Error()
		took = append(took, time.Since(begin))
		cancel()
		if err != nil {
			return 0, fmt.Errorf("%w: PING through the emulated network: %w", ErrEnvironment, err)
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
