package patterns

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/rueidis"
)

const (
	slots     = 16384 // hash slots of every Redis cluster
	maxShards = 1000  // more nodes than Redis advises a cluster to have
)

// Shards names n keys, from 1 to 1,000, that lie on different nodes of a
// cluster: key with a suffix each, chosen so that the slot of shard i falls into
// the middle quarter of the i'th of n equal slices of the 16,384 slots.
//
// It does not ask the cluster, so every client finds the same names, and it is
// right for one whose nodes own equal runs of slots, as redis-cli --cluster
// create deals them out; a border may be off by three eighths of a slice. n
// should be a multiple of the number of nodes, or some nodes hold one shard more
// than others. Where slots were moved by hand, ask [Spread] what came of it.
// Another n gives other names: data under the old ones is not found again.
//
// A key with a hash tag, such as {user1}:hot, is an error: the tag alone decides
// the slot, so no suffix can move a shard to another node.
func Shards(key string, n int) ([]string, error) {
	switch {
	case n < 1 || n > maxShards:
		return nil, fmt.Errorf("a key has 1 to %d shards, not %d", maxShards, n)
	case hashed(key) != key:
		return nil, fmt.Errorf("the key %q has a hash tag, which would put all its shards on one node", key)
	}
	names := make([]string, n)
	for found, suffix := 0, 0; found < n; suffix++ {
		name := key + "#" + strconv.Itoa(suffix)
		slice, offset := slot(name)*n/slots, slot(name)*n%slots
		if names[slice] == "" && offset >= slots*3/8 && offset < slots*5/8 {
			names[slice] = name
			found++
		}
	}
	return names, nil
}

// hashed is the part of a key that Redis hashes: what stands between the first {
// and the first } after it, if that is anything, or else all of it.
func hashed(key string) string {
	_, rest, _ := strings.Cut(key, "{")
	if tag, _, closed := strings.Cut(rest, "}"); closed && tag != "" {
		return tag
	}
	return key
}

// slot is the slot of a key: CRC16 in its XMODEM form (polynomial 0x1021, start
// 0) of what is hashed, modulo the number of slots, by the Redis cluster
// specification.
func slot(key string) int {
	var crc uint16
	for _, b := range []byte(hashed(key)) {
		crc ^= uint16(b) << 8
		for range 8 {
			carry := crc >> 15
			crc = crc<<1 ^ carry*0x1021
		}
	}
	return int(crc) % slots
}

// Spread counts the keys on each node of a cluster, by the primary's address,
// as CLUSTER SLOTS gives it. It takes one round trip and is meant for start-up
// or a test: if one node has more than its share, the shards do not spread the
// load. On a server that is no cluster it is an error.
func Spread(ctx context.Context, client rueidis.Client, keys []string) (map[string]int, error) {
	ranges, err := client.Do(ctx, client.B().ClusterSlots().Build()).ToArray()
	if err != nil {
		return nil, fmt.Errorf("cannot ask which node owns which slots: %w", err)
	}
	spread := map[string]int{}
	for _, r := range ranges {
		first, last, address, err := ownership(r)
		if err != nil {
			return nil, err
		}
		spread[address] += 0 // a node without a shard counts, too
		for _, key := range keys {
			if s := int64(slot(key)); s >= first && s <= last {
				spread[address]++
			}
		}
	}
	return spread, nil
}

// ownership reads one entry of CLUSTER SLOTS: first slot, last slot, then the
// primary as host, port and more.
func ownership(entry rueidis.RedisMessage) (first, last int64, address string, err error) {
	var node []rueidis.RedisMessage
	parts, err := entry.ToArray()
	if err == nil && len(parts) > 2 {
		node, err = parts[2].ToArray()
	}
	if err != nil || len(node) < 2 {
		return 0, 0, "", errors.New("CLUSTER SLOTS answered something that is no range of slots")
	}
	first, _ = parts[0].AsInt64()
	last, _ = parts[1].AsInt64()
	host, _ := node[0].ToString()
	port, err := node[1].AsInt64()
	return first, last, net.JoinHostPort(host, strconv.FormatInt(port, 10)), err
}

// A Chooser picks one of n shards, from 0 to n-1, for one call. It must be safe
// for concurrent use.
type Chooser = func(ctx context.Context, n int) int

// ByID returns a Chooser that always picks the same shard for an identifier,
// that of a client or a server process. Loads of single identifiers stay whole:
// a few clients may well hash to the same shard, many spread evenly.
func ByID(id string) Chooser {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id)) // never fails, by hash.Hash
	sum := hash.Sum32()
	return func(_ context.Context, n int) int { return int(sum % uint32(n)) }
}

// RoundRobin returns a Chooser that picks the shards in turn, beginning
// anywhere, so that every n calls reach each shard once. Programs should share
// one for each key.
func RoundRobin() Chooser {
	var turn atomic.Uint64
	turn.Store(rand.Uint64() >> 1)
	return func(_ context.Context, n int) int { return int(turn.Add(1) % uint64(n)) }
}
