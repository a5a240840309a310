// Package bench is the engine: it fights duels between a pattern and its
// anti-pattern and returns what it found. It never prints, exits or looks at
// flags, and it knows no particular pair and no report.
//
// A [Scenario] declares a duel: two functions of the same type, a load, a
// primary metric, predictions, and checks on the server's own counters. [Run]
// fights it:
//
//   - [Servers] provides a server, our own or the user's.
//   - Rounds of three trials follow, in an order that cancels drift: the
//     pattern, the anti-pattern, and the pattern once more as a control.
//   - Each trial is a process of its own, which [ServeTrial] runs; a bystander,
//     an innocent client in one more process, may watch.
//   - A [Calibration] of each side says what of the client's CPU was ours.
//   - [Judge] works out metrics, checks, verdict, finding and doubts.
//
// What must hold for a number to be believed: latency counts from the moment
// an op was due; ops are conserved exactly; both sides do the same work and
// every answer is checked; the server's counters prove that a side is what its
// name says; the interval is over rounds, and no difference is claimed that
// the control shows as well.
//
// Below it, each with one idea: [redisduel/bench/clock],
// [redisduel/bench/netem], [redisduel/bench/load],
// [redisduel/bench/latency], [redisduel/bench/evidence],
// [redisduel/bench/redisd], [redisduel/bench/stats] and
// [redisduel/bench/quantity]; above it [redisduel/bench/report] and the
// command.
package bench
