package bench

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/rueidis"

	"redisduel/bench/doctor"
	"redisduel/bench/evidence"
)

// Examine looks at a running server, or at each primary of its cluster, for the
// faults that package doctor knows. It only reads. It opens a connection to each
// node, and one without credentials that asks for a PING.
func Examine(ctx context.Context, target Target, s doctor.Sample) (*doctor.Diagnosis, error) {
	target, err := target.knock(ctx)
	if err != nil {
		return nil, err
	}
	client, err := target.direct()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	nodes, close, err := target.nodes(ctx, client)
	if err != nil {
		return nil, err
	}
	defer close()
	found, err := doctor.Examine(ctx, nodes, s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvironment, err)
	}
	return found, nil
}

// nodes are the server that the client speaks to, or the primaries of its
// cluster. The caller closes them.
func (t Target) nodes(ctx context.Context, client rueidis.Client) (nodes []doctor.Node, close func(), err error) {
	option, a, err := t.option()
	if err != nil {
		return nil, nil, err
	}
	node := func(network, host string, client rueidis.Client) doctor.Node {
		return doctor.Node{Name: host, Client: client, Stranger: func(ctx context.Context) error {
			said, err := greet(ctx, network, host, option.TLSConfig)
			if err == nil && !strings.HasPrefix(said, "+PONG") {
				err = fmt.Errorf("%w: %q", ErrRefused, said)
			}
			return err
		}}
	}
	snapshot, err := evidence.Take(ctx, client)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: cannot read INFO from the server: %w", ErrEnvironment, err)
	}
	if loading, _ := snapshot.Field("loading"); loading == "1" {
		return nil, nil, fmt.Errorf("%w: the server is still loading its data and answers little until it has; try again then", ErrEnvironment)
	}
	if _, _, mode := snapshot.Software(); mode == "sentinel" {
		return nil, nil, fmt.Errorf("%w: this is a Sentinel, which holds no data; name the server that it watches", ErrEnvironment)
	}
	if enabled, _ := snapshot.Field("cluster_enabled"); enabled != "1" {
		return []doctor.Node{node(a.network, a.hosts[t.Node], client)}, func() {}, nil
	}
	all, err := members(ctx, client, a.hosts[t.Node])
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%w: this node of a cluster knows of no primary that holds slots; give them some with CLUSTER ADDSLOTS, or name another node", ErrEnvironment)
	}
	var clients []rueidis.Client
	close = func() {
		for _, client := range clients {
			client.Close()
		}
	}
	for _, m := range all {
		primary, err := t.reach(ctx, m.peer)
		if err == nil {
			client, err = primary.direct()
		}
		if err != nil {
			close()
			return nil, nil, err
		}
		clients = append(clients, client)
		nodes = append(nodes, node("tcp", m.host, client))
	}
	return nodes, close, nil
}
