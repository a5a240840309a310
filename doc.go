// Package redisduel is the root of a benchmark harness that compares Redis
// patterns with their anti-patterns.
//
// Where to look:
//
//	patterns/       ways of using Redis that hold up, to be copied
//	antipatterns/   their twins: the same names and signatures, one mistake
//	scenarios/      the duels: which function against which, how, and what must be proven
//	bench/          the engine: trials as processes, rounds, checks, verdicts
//	  clock/          waiting until a moment, precisely
//	  netem/          the emulated network
//	  load/           open loop, closed loop, job; response time, service time, lateness
//	  latency/        HDR histograms that do not flatter
//	  evidence/       what the server says happened
//	  generator/      one command as a load on any server
//	  doctor/         a look at a running server for what the duels put a price on
//	  redisd/         redis-servers that end with us
//	  stats/          paired ratios, intervals, verdicts
//	  peers/          redisduel against other programs and against theory, for `make peers`
//	  report/         from results to Markdown, charts and benchmark lines
//	  benchtest/      what tests of scenarios share
//	  cmd/redisduel/  the command
//	  cmd/peers/      what `make peers` runs
//	  cmd/interrupt/  the end of a command by a signal
//	deploy/         redisduel beyond one machine: a Job of Kubernetes
//	reports/        what `make bench` writes
//
// The package itself only embeds the source of the pairs, for the reports. Its tests run every scenario as a Go
// benchmark, so that both of these work:
//
//	go test -bench ./...     the benchmarks of this package: ./... is the pattern of names
//	go test -bench . ./...   those of all packages
package redisduel
