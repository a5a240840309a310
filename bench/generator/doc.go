// Package generator is redisduel's engine as a plain load generator: one command
// of Redis, under an open or a closed loop, against any server.
//
// A [Spec] says all that decides what is sent and when; it is plain data, so that
// several processes can be given the same one, each with a share of its
// operations, and [Merge] joins what they found without loss. [Open] makes a
// server ready, [Generator.Run] drives the load, and [Search] looks for the
// highest rate that meets an [Objective].
//
// An op is what is timed: one command, or as many as Pipeline says, sent at once
// and all answered. Where each op in flight has a connection to a single server,
// they are written and read here, with a codec of the protocol that allocates
// nothing; else by rueidis, which also opens those connections. An op is clocked as
// package load does it. On a server that is not ours only commands run that are
// known to touch nothing but the run's own keys: see [Spec.Harm].
package generator
