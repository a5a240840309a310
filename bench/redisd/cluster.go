package redisd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// slots is the number of hash slots of every Redis cluster.
const slots = 16384

// A Cluster is a running cluster of primaries without replicas. All nodes have
// the same password.
type Cluster struct {
	nodes []*Server
	close func() error
}

// StartCluster starts n servers, which must be at least 1, and makes them a
// cluster; node i owns the i'th of n equal shares of the slots. It returns when
// every node knows all nodes and all slots and says that the cluster is well,
// which takes two to three seconds: Redis lets a fresh node wait for two. What
// [Start] promises of a server holds for each node.
func StartCluster(ctx context.Context, b Binary, n int, o Options) (*Cluster, error) {
	if n < 1 || n > slots {
		return nil, fmt.Errorf("redisd: a cluster has 1 to %d nodes, not %d", slots, n)
	}
	l := newLaunch(b, o)
	l.cluster = true
	c := &Cluster{}
	c.close = sync.OnceValue(c.closeAll)
	for range n {
		node, err := l.start(ctx)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.nodes = append(c.nodes, node)
	}
	if err := c.form(ctx, l.options.ReadyTimeout); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Nodes returns the servers, in the order of their slots. Not to be changed.
func (c *Cluster) Nodes() []*Server { return c.nodes }

// Close closes all nodes. Calling it again returns the same.
func (c *Cluster) Close() error { return c.close() }

func (c *Cluster) closeAll() error {
	errs := make([]error, len(c.nodes))
	var wg sync.WaitGroup
	for i, node := range c.nodes {
		wg.Go(func() { errs[i] = node.Close() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// form turns the nodes into a cluster.
func (c *Cluster) form(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it did not form within %v", limit))
	defer cancel()
	clients, err := c.connect()
	defer closeClients(clients)
	if err != nil {
		return err
	}
	for i, client := range clients {
		if err := c.endow(ctx, client, i); err != nil {
			return fmt.Errorf("redisd: form a cluster: node %s: %w", c.nodes[i].Addr(), err)
		}
	}
	for i, client := range clients {
		if err := c.awaitNode(ctx, client, i); err != nil {
			return fmt.Errorf("redisd: form a cluster: node %s: %w", c.nodes[i].Addr(), err)
		}
	}
	return nil
}

// connect opens a client to each node as if it were alone.
func (c *Cluster) connect() ([]rueidis.Client, error) {
	var clients []rueidis.Client
	for _, node := range c.nodes {
		client, err := rueidis.NewClient(rueidis.ClientOption{
			InitAddress:       []string{node.Addr()},
			Password:          node.Password(),
			ForceSingleClient: true,
			DisableCache:      true,
			DisableRetry:      true,
		})
		if err != nil {
			return clients, fmt.Errorf("redisd: form a cluster: connect to node %s: %w", node.Addr(), err)
		}
		clients = append(clients, client)
	}
	return clients, nil
}

func closeClients(clients []rueidis.Client) {
	for _, client := range clients {
		client.Close()
	}
}

// endow gives node i its slots and introduces it to those before it. An epoch
// of its own for each node spares them the settling of equal ones.
func (c *Cluster) endow(ctx context.Context, client rueidis.Client, i int) error {
	low, high := share(i, len(c.nodes))
	b := client.B()
	commands := rueidis.Commands{
		b.ClusterSetConfigEpoch().ConfigEpoch(int64(i + 1)).Build(),
		b.ClusterAddslotsrange().StartSlotEndSlot().StartSlotEndSlot(low, high).Build(),
	}
	for _, answer := range client.DoMulti(ctx, commands...) {
		if err := answer.Error(); err != nil {
			return err
		}
	}
	return c.introduce(ctx, client, c.nodes[:i])
}

// introduce tells a node where others listen for nodes. To leave the second
// half of the introductions to gossip, as is usual, is not enough: gossip picks
// at random, and a handshake that takes longer than the nodes' patience on a
// busy machine is dropped. Redis ignores an introduction to a node it knows.
func (c *Cluster) introduce(ctx context.Context, client rueidis.Client, others []*Server) error {
	for _, other := range others {
		host, port, _ := strings.Cut(other.Addr(), ":")
		n, err := strconv.ParseInt(port, 10, 64)
		if err != nil {
			return err
		}
		meet := client.B().ClusterMeet().Ip(host).Port(n).ClusterBusPort(int64(other.busPort)).Build()
		if err := client.Do(ctx, meet).Error(); err != nil {
			return err
		}
	}
	return nil
}

// share returns the first and the last slot of node i of n.
func share(i, n int) (low, high int64) {
	return int64(i * slots / n), int64((i+1)*slots/n - 1)
}

// patience is how long a node may lack others before they are introduced again.
const patience = 2 * time.Second

// awaitNode waits until node i says that the whole cluster is well.
func (c *Cluster) awaitNode(ctx context.Context, client rueidis.Client, i int) error {
	for introduced := time.Now(); ; {
		lacking, err := c.lacking(ctx, client)
		if err == nil && lacking == "" {
			return nil
		}
		if err == nil && time.Since(introduced) > patience {
			introduced = time.Now()
			err = c.introduce(ctx, client, slices.Delete(slices.Clone(c.nodes), i, i+1))
		}
		select {
		case <-c.nodes[i].Done():
			return c.nodes[i].Err()
		case <-ctx.Done():
			return fmt.Errorf("%w (%s)", context.Cause(ctx), cmp.Or(lacking, fmt.Sprint(err)))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// lacking names the first thing that a node's view of the cluster lacks.
func (c *Cluster) lacking(ctx context.Context, client rueidis.Client) (string, error) {
	text, err := client.Do(ctx, client.B().ClusterInfo().Build()).ToString()
	if err != nil {
		return "", err
	}
	for _, want := range []string{
		fmt.Sprintf("cluster_known_nodes:%d", len(c.nodes)),
		fmt.Sprintf("cluster_size:%d", len(c.nodes)), // nodes that own slots
		fmt.Sprintf("cluster_slots_ok:%d", slots),
		"cluster_state:ok",
	} {
		if !strings.Contains(text, want+"\r\n") {
			return "no " + want, nil
		}
	}
	return "", nil
}
