package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

// allSlots is the number of hash slots of every Redis cluster.
const allSlots = 16384

// SlotRanges are hash slots of a cluster as runs of them, first and last slot
// of each, in ascending order.
type SlotRanges [][2]int

// Has reports whether the slot is one of them.
func (r SlotRanges) Has(slot int) bool {
	return slices.ContainsFunc(r, func(run [2]int) bool { return run[0] <= slot && slot <= run[1] })
}

// Count is how many slots they are.
func (r SlotRanges) Count() (n int) {
	for _, run := range r {
		n += run[1] - run[0] + 1
	}
	return n
}

// EqualSlots are the slots of n primaries that own equal runs of them.
func EqualSlots(n int) []SlotRanges {
	all := make([]SlotRanges, n)
	for i := range all {
		all[i] = SlotRanges{{i * allSlots / n, (i+1)*allSlots/n - 1}}
	}
	return all
}

// A peer is a node of somebody else's cluster.
type peer struct{ host, id string } // host:port, as the cluster announces it

// A member is a primary with its replicas, which clients may be sent to as well.
type member struct {
	peer
	replicas []peer
	slots    SlotRanges
}

// members asks a node for the primaries that own slots, in the order of their
// first slots. asked is the node's own address, for a cluster that announces
// none. One round trip.
func members(ctx context.Context, client rueidis.Client, asked string) ([]member, error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	entries, err := client.Do(ctx, client.B().ClusterSlots().Build()).ToArray()
	if err != nil {
		return nil, fmt.Errorf("%w: the server is a node of a cluster and does not say which others there are: %w; let the user run CLUSTER SLOTS (ACL +cluster|slots)", ErrEnvironment, err)
	}
	var all []member
	for _, entry := range entries {
		m, err := readMember(entry, asked)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(have member) bool { return have.id == m.id })
		if i < 0 {
			all = append(all, m)
			continue
		}
		all[i].slots = append(all[i].slots, m.slots...)
	}
	for i := range all {
		slices.SortFunc(all[i].slots, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.slots[0][0], b.slots[0][0]) })
	return all, nil
}

// readMember reads an entry of CLUSTER SLOTS: first slot, last slot, then the
// primary and its replicas.
func readMember(entry rueidis.RedisMessage, asked string) (member, error) {
	parts, err := entry.ToArray()
	if err != nil || len(parts) < 3 {
		return member{}, errNoSlots
	}
	first, err1 := parts[0].AsInt64()
	last, err2 := parts[1].AsInt64()
	if errors.Join(err1, err2) != nil || first < 0 || first > last || last >= allSlots {
		return member{}, errNoSlots
	}
	m := member{slots: SlotRanges{{int(first), int(last)}}}
	if m.peer, err = readPeer(parts[2], asked); err != nil {
		return m, err
	}
	for _, part := range parts[3:] {
		replica, err := readPeer(part, asked)
		if err != nil {
			return m, err
		}
		m.replicas = append(m.replicas, replica)
	}
	return m, nil
}

var errNoSlots = fmt.Errorf("%w: CLUSTER SLOTS answered something that is no range of slots", ErrEnvironment)

// readPeer reads a node as host, port, identifier and more.
func readPeer(message rueidis.RedisMessage, asked string) (peer, error) {
	node, err := message.ToArray()
	if err != nil || len(node) < 3 {
		return peer{}, errNoSlots
	}
	port, err1 := node[1].AsInt64()
	id, err2 := node[2].ToString()
	if errors.Join(err1, err2) != nil {
		return peer{}, errNoSlots
	}
	host, _ := node[0].ToString() // nil where the cluster announces none
	if host == "" {
		host, _, _ = net.SplitHostPort(asked)
	}
	address, err := parseHost(net.JoinHostPort(host, strconv.FormatInt(port, 10)))
	if err != nil {
		return peer{}, fmt.Errorf("%w: the cluster announces %.80q as the address of a node, which is none; set cluster-announce-ip or cluster-announce-hostname there", ErrEnvironment, host)
	}
	return peer{address, id}, nil
}

// wholeCluster refuses a cluster in which some slots are nobody's, or that says so of
// itself: keys of ours would have no place.
func wholeCluster(ctx context.Context, client rueidis.Client, all []member) error {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	text, err := client.Do(ctx, client.B().ClusterInfo().Build()).ToString()
	if err != nil {
		return fmt.Errorf("%w: the cluster does not say whether it is well: %w; let the user run CLUSTER INFO (ACL +cluster|info)", ErrEnvironment, err)
	}
	owned := 0
	for _, m := range all {
		owned += m.slots.Count()
	}
	if !strings.Contains(text, "cluster_state:ok") || owned != allSlots {
		return fmt.Errorf("%w: the cluster is down (CLUSTERDOWN): %d of its %d slots have an owner, or a node fails; redis-cli --cluster check says which", ErrEnvironment, owned, allSlots)
	}
	return nil
}

// at is the node of the same cluster at another address, with the same user and
// the same trust.
func (t Target) at(host string) (Target, error) {
	a, err := parseAddress(t.URL)
	scheme := "redis://"
	if a.tls {
		scheme = "rediss://"
	}
	return Target{
		URL: scheme + host, TLS: t.TLS,
		Username: cmp.Or(a.username, t.Username), Password: cmp.Or(a.password, t.Password),
	}, err
}

// reach connects to a node and makes sure that it is the one that the cluster
// means: behind a forwarded port or in another network the same address may be
// somebody else's.
func (t Target) reach(ctx context.Context, p peer) (Target, error) {
	node, err := t.at(p.host)
	if err == nil {
		_, err = node.knock(ctx)
	}
	if err != nil {
		return node, fmt.Errorf("%w: the cluster announces a node that is not reached from here: %s; have it announce an address that is (cluster-announce-ip, cluster-announce-hostname), or run redisduel where it is", ErrEnvironment, Sentence(err.Error()))
	}
	client, err := node.direct()
	if err != nil {
		return node, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	id, err := client.Do(ctx, client.B().ClusterMyid().Build()).ToString()
	switch {
	case err != nil:
		return node, fmt.Errorf("%w: %s does not say which node it is: %w; let the user run CLUSTER MYID (ACL +cluster|myid)", ErrEnvironment, p.host, err)
	case id != p.id:
		return node, fmt.Errorf("%w: what answers at %s is not the node that the cluster announces there; have it announce an address that leads to it from here (cluster-announce-ip, cluster-announce-hostname)", ErrEnvironment, p.host)
	}
	return node, nil
}

// clusterOf finds the primaries of the cluster that a node is in, and refuses
// one that is not whole or not reached. The fixture's Target is a client's of all of it.
func (t Target) clusterOf(ctx context.Context) (*Fixture, error) {
	_, a, err := t.option()
	if err != nil {
		return nil, err
	}
	client, err := t.direct()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	all, err := members(ctx, client, a.hosts[t.Node])
	if err != nil {
		return nil, err
	}
	if err := wholeCluster(ctx, client, all); err != nil {
		return nil, err
	}
	f := &Fixture{Close: func() error { return nil }}
	for _, m := range all {
		node, err := t.reach(ctx, m.peer)
		if err != nil {
			return nil, err
		}
		for _, replica := range m.replicas {
			if _, err := t.reach(ctx, replica); err != nil {
				return nil, err
			}
		}
		f.Nodes, f.Primaries = append(f.Nodes, node), append(f.Primaries, m.slots)
	}
	f.Target = f.Nodes[0]
	f.Target.Cluster = true
	return f, nil
}
