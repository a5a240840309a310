package doctor

import (
	"time"
)

// The figures above which something is a fault. Each is where the scenario that
// measures the price shows a cost that others feel, or where Redis itself draws
// the line.
const (
	slowCommand = 10 * time.Millisecond  // everybody else waits as long
	slowEvent   = 100 * time.Millisecond // a user notices
	longAnswer  = time.Millisecond       // of a range on average: some thousands of elements
	bigSize     = 1 << 20                // bytes: a millisecond or more on a fast network, and to copy
	churn       = 10.                    // commands a connection: below, connecting costs more than asking
	fragmented  = 1.5
	fragments   = 32 << 20 // bytes: of an idle server the program itself is some 11 MB
	crowded     = 0.8      // of maxclients
	full        = 0.8      // of maxmemory
	unevenNodes = 1.5      // times the mean
	fewKeys     = 100
	fewCalls    = 100 // below, a count says nothing about habits
	manyScripts = 1000
	withoutTTL  = 0.1 // of a cache's keys
)

// rules are all that is looked for, in the order of the scenarios.
func rules() []rule {
	return []rule{
		{
			name: "connection-churn", scenario: "pooling", see: connectionChurn,
			why:    "each connection costs round trips for its handshakes and the server's only thread for its set-up and end",
			change: "keep connections open and share them: a client built once, or a pool sized by requests per second × seconds each holds a connection",
		},
		{
			name: "connections-near-limit", scenario: "pool-size", see: connectionsNearLimit,
			why:    "at maxclients the server refuses new connections, those of a failover or a deployment included",
			change: "size pools by what they need, close idle connections (timeout), or raise maxclients together with the limit on open files",
		},
		{
			name: "keys-command", scenario: "scan", see: keysCommand,
			why:    "KEYS looks at every key on the server's only thread, and everybody waits",
			change: "iterate with SCAN, or keep a set of the names you need",
		},
		{
			name: "unbounded-range", scenario: "range", see: unboundedRange,
			why:    "a range without a bound grows with its key: it holds the thread and fills the client's output buffer",
			change: "read pages (ZRANGE … LIMIT, LRANGE of a part, SSCAN, HSCAN), or bound the key when it is written",
		},
		{
			name: "big-key", scenario: "range", see: bigKeys,
			why:    "whatever reads, copies, migrates or deletes a big key as a whole stalls everybody, and one node of a cluster carries all of it",
			change: "split it, bound it, or read it in parts; delete it with UNLINK",
		},
		{
			name: "slow-command", see: slowCommands,
			why:    "while a command runs no other does",
			change: "find it in the slow log and bound what it touches",
		},
		{
			name: "latency-event", see: latencyEvents,
			why:    "everybody waited as long",
			change: "look at LATENCY DOCTOR; the usual causes are slow commands, forks, synced disks and mass expiry",
		},
		{
			name: "eval", scenario: "evalsha", see: evals,
			why:    "EVAL carries the body of the script each time, and the server hashes it",
			change: "load the script once and call it with EVALSHA, recovering from NOSCRIPT",
		},
		{
			name: "script-cache", scenario: "script-args", see: scriptCache,
			why:    "a script with its values pasted in is another script each time: each is compiled, and before Redis 7.4 and Valkey 8.0 none is ever dropped",
			change: "pass values as KEYS and ARGV",
		},
		{
			name: "cache-without-ttl", scenario: "ttl", see: cacheWithoutTTL,
			why:    "what has no TTL is served until somebody evicts it, however old, and under a volatile-* policy it is never evicted",
			change: "write cache keys with SET … EX and some jitter",
		},
		{
			name: "writes-refused", scenario: "eviction", see: writesRefused,
			why:    "a full server that may not evict refuses writes",
			change: "use allkeys-lfu if this is a cache; if these are data of record, make room",
		},
		{
			name: "uneven-nodes", scenario: "hotkey", compare: unevenLoad,
			why:    "a cluster bears what its busiest node bears",
			change: "find the hot keys there (redis-cli --hotkeys, client-side tracking) and spread or cache them",
		},
		{
			name: "fragmentation", see: fragmentation,
			why:    "memory that the allocator holds and nobody uses",
			change: "turn activedefrag on, or restart a replica and fail over to it",
		},
		{
			name: "open-server", see: openServer,
			why:    "whoever reaches the port reads and writes everything",
			change: "set a password (ACL users, default off), bind to the addresses that are needed, keep protected-mode on",
		},
		{
			name: "config-open", see: configOpen,
			why:    "whoever can change the configuration can write files on the host",
			change: "give applications users without @admin and @dangerous, or rename CONFIG away",
		},
		{
			name: "debug-open", see: debugOpen,
			why:    "DEBUG can stop and crash the server",
			change: "set enable-debug-command no",
		},
	}
}
