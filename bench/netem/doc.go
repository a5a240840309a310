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
// All waits of a Network go through one [clock.Shared] over one timerfd. The
// alternative, a timerfd for each direction of each connection, was measured
// beside it (BenchmarkRTT, two busy virtual cores, median error at 1 ms, three
// to six runs each). Idle it is a little better: 26 to 56 µs against 33 to
// 92 µs, since no goroutine lies between the timer and the waiter. With 100
// connections that each exchange 16 messages every 20 ms the two are alike: 70
// to 135 µs against 66 to 141 µs. In a closed loop over 100 connections × 16,
// which wants more CPU than there is and takes 0.7 to 1 ms without any link,
// the shared one errs by 0.8 to 1.5 ms and the others by 2.0 to 3.1 ms: a wait
// costs them three system calls. They would also cost descriptors, which a
// connection for each command would have to make.
//
// What the link costs in CPU stands beside its throughput in the report of
// `make peers`. Half of what the client's process takes is what a direct
// connection takes, too: the system calls that send and receive. The rest is
// mostly that up to three goroutines more are woken for an exchange. A proxy
// reads and sends all bytes once more, and most of its cost is that: the barest
// relay, one thread of epoll_wait, read and write in C, took from two thirds to
// four fifths of its CPU. Two ways to save were left:
//
//   - A pump reads again what it has just read empty, which costs a proxy without
//     a delay a twentieth of the CPU of an exchange. But the runtime tells of the
//     bytes and of the end that came with them at once and only once: a pump that
//     waited there would not hear of a close or a reset until the next bytes.
//   - The clock's goroutine could send what is due itself, which would save to
//     wake another. Then one goroutine would send for all connections, each after
//     the others, and what is due at one moment would be late.
//
// Not modelled: TCP's slow start and congestion control, so that the first
// bytes of a large value arrive sooner than on a real path; loss and
// retransmission; the size of the headers; a round trip for the end of a
// connection, beyond the delay of its news. A connection's window is fixed, see
// [Window]. Delays come on top of what loopback and the peer take.
package netem
