// Package netem emulates the network between a client and a server: a round
// trip time, jitter, a bandwidth and faults, over real loopback connections.
//
// A [Network] is made from a [Link] and a [clock.Clock] and has two front ends:
// [Network.Dial], with [Network.DialRedis] in the shape that rueidis asks for,
// and [Network.Serve], a proxy for any other client.
//
// Each direction of a connection is a queue of bytes with the moments at which
// they arrive. Bytes that are sent while others are in flight fly beside them:
// ten chunks sent 1 ms apart over 20 ms one way arrive within 29 ms. To sleep
// and then forward would take 200 ms, turn a delay into a limit of bandwidth
// and flatter pipelining.
//
// A handshake takes exactly one round trip, measured from the start of the
// dial. Deadlines, Close, half-close and resets behave as TCP's do, and the
// news of them travel as long as bytes do.
//
// All waits of a Network go through one [clock.Shared] over one timer. The
// alternative, a timer for each direction of each connection, was as accurate
// when idle and with 100 connections that exchange 16 messages every 20 ms
// (median error 80 to 150 µs at 1 ms, either way). With 100 such connections
// in a closed loop, which wants more CPU than there is, the shared timer
// carried 28,000 to 48,000 exchanges a second at 1 ms and the others 20,000 to
// 36,000: a wait costs them three system calls, and two descriptors for each
// connection. See BenchmarkRTT.
//
// Not modelled: TCP's slow start and congestion control, so that the first
// bytes of a large value arrive sooner than on a real path; loss and
// retransmission; the size of the headers; a round trip for the end of a
// connection, beyond the delay of its news. A connection's window is fixed, see
// [Window]. Delays come on top of what loopback and the peer take.
package netem
