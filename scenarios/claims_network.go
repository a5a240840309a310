package scenarios

import (
	"fmt"
	"math"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/patterns"
)

const medianResponse = "median response time"

func fourPerSecond() claim {
	return claim{
		says: "about 4 ops/s when connecting for each command at 250 ms",
		counts: "“About 4” is 3.5 to 4.5, what rounds to 4. How the connection is made is not said, so any of three ways may do it: " +
			"a bare socket, a lean client and one with default options.",
		grounds: grounds{distant("handshakes", "Third ways")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			about4 := func(rate float64) bool { return rate >= 3.5 && rate <= 4.5 }
			d := r.distant("handshakes")
			open, bare, lean, full := d.value(perSecond, bench.Pattern), d.value(perSecond, bareSocket), d.value(perSecond, bench.AntiPattern), d.value(perSecond, byDefault)
			each := fmt.Sprintf("A caller that connected for each command got %s ops/s over bare sockets, %s with a lean client and %s with a default one",
				quantity.Number(bare), quantity.Number(lean), quantity.Number(full))
			switch {
			case about4(bare) || about4(lean) || about4(full):
				return bench.Confirmed, each + "."
			case about4(open):
				return bench.Corrected, each + fmt.Sprintf("; about 4, namely %s, is what it got over one open connection, one command after the other.", quantity.Number(open))
			}
			return bench.Refuted, each + fmt.Sprintf("; over one open connection it got %s.", quantity.Number(open))
		},
	}
}

func connectingCosts() claim {
	return claim{
		says: "connecting costs 250 ms+",
		counts: "The cost is what a command takes longer on a connection of its own. At least 250 ms near and far would confirm it. At least that, " +
			"less a twentieth for the measuring, across a round trip of 250 ms alone means that the network makes the cost; less there refutes it.",
		grounds: grounds{distant("handshakes", "All metrics"), near("pooling", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			far, here := r.distant("handshakes"), r.near("pooling")
			if here.RTT > DistantRTT/10 {
				here.lacking("The duel pooling was fought at a round trip of %s, which is not near.", quantity.Asked(here.RTT))
			}
			cost := func(d exhibit, side string) time.Duration {
				return d.span(medianResponse, side) - d.span(medianResponse, bench.Pattern)
			}
			bare, lean, close := cost(far, bareSocket), cost(far, bench.AntiPattern), cost(here, bench.AntiPattern)
			trips := func(cost time.Duration, d exhibit) string {
				return fmt.Sprintf("%.1f", float64(cost)/float64(d.RTTMeasured))
			}
			text := fmt.Sprintf("At a round trip of %s connecting cost %s from a bare socket and %s with a lean client, %s and %s round trips; at %s it cost %s, %s round trips",
				quantity.Span(far.RTTMeasured), quantity.Span(bare), quantity.Span(lean), trips(bare, far), trips(lean, far),
				quantity.Span(here.RTTMeasured), quantity.Span(close), trips(close, here))
			switch {
			case min(bare, lean) < DistantRTT*19/20:
				return bench.Refuted, text + "."
			case close >= DistantRTT:
				return bench.Confirmed, text + "."
			}
			return bench.Corrected, text + ": the cost is the number of handshakes times the round trip, and not a time of its own."
		},
	}
}

// thousands is the least that is called so.
const thousands = 2000

func thousandsWithAPool() claim {
	return claim{
		says: "thousands of ops/s with a pool",
		counts: "Thousands are 2,000 or more, at a round trip of 250 ms like the claims beside it. A pool of the default size, 50, would confirm it as it stands; " +
			"if it takes a larger pool, the size belongs into the claim.",
		grounds: grounds{distant("wide-pool", "Third ways")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.distant("wide-pool")
			wide, narrow := d.value(perSecond, bench.Pattern), d.value(perSecond, narrowPool)
			text := fmt.Sprintf("At 250 ms a pool of %d answered %s ops/s and one of %d %s", widePoolSize, quantity.Number(math.Round(wide)), patterns.DefaultPoolSize, quantity.Number(math.Round(narrow)))
			each := wide / widePoolSize
			switch {
			case narrow >= thousands:
				return bench.Confirmed, text + "."
			case wide >= thousands:
				return bench.Corrected, text + fmt.Sprintf(": each connection answers one in a round trip, %s a second, so that %d ops/s take %.0f connections.",
					quantity.Number(each), thousands, math.Ceil(thousands/each))
			}
			return bench.Refuted, text + "."
		},
	}
}

func hundredCommands() claim {
	const one, batch = 25 * time.Second, 250 * time.Millisecond
	return claim{
		says:    "100 commands: 25 s sequential, about 250 ms pipelined",
		counts:  "Each of the two times may be off by a tenth, for the server, the client and the emulated network. If only one holds, the other is the correction.",
		grounds: grounds{distant("pipelining", "Predicted and measured")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.distant("pipelining")
			sequential, pipelined := d.span(jobTime, bench.AntiPattern), d.span(jobTime, bench.Pattern)
			text := fmt.Sprintf("At a round trip of %s 100 commands took %s one at a time and %s as a pipeline", quantity.Span(d.RTTMeasured), quantity.Span(sequential), quantity.Span(pipelined))
			switch first, second := within(sequential, one), within(pipelined, batch); {
			case first && second:
				return bench.Confirmed, text + "."
			case first || second:
				return bench.Corrected, text + ": only one of the two times is right."
			}
			return bench.Refuted, text + "."
		},
	}
}

// within reports whether a time is off by a tenth at most.
func within(got, want time.Duration) bool { return 10*(got-want).Abs() <= want }

func defaultPoolExhausted() claim {
	return claim{
		says: "the default pool size is exhausted under load",
		counts: "The default is 50. A pool is exhausted when callers wait for a connection for longer than they hold one: then the median response is more than twice what it is with a connection for each caller. " +
			"If a smaller pool elsewhere, under load, lets one request in a hundred wait no longer than it holds its connection, it depends on the load.",
		grounds: grounds{distant("wide-pool", "All metrics"), near("pool-size", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			far, here := r.distant("wide-pool"), r.near("pool-size")
			all, some := far.span(medianResponse, bench.Pattern), far.span(medianResponse, narrowPool)
			size, use := poolOpen(here, bench.Pattern), 100*here.value("share of the pool in use", bench.Pattern)
			wait, hold := here.span("acquire wait p99", bench.Pattern), here.span("median time with a connection", bench.Pattern)
			text := fmt.Sprintf("With %d callers at 250 ms the median response was %s from a pool of %d and %s from one of %d", widePoolSize, quantity.Span(some), patterns.DefaultPoolSize, quantity.Span(all), widePoolSize)
			switch {
			case some <= 2*all:
				return bench.Refuted, text + "."
			case wait > hold || size >= patterns.DefaultPoolSize:
				return bench.Confirmed, text + fmt.Sprintf("; elsewhere one request in a hundred waited %s for one of %.0f connections.", quantity.Span(wait), size)
			}
			return bench.Corrected, text + fmt.Sprintf("; but a pool of %.0f carried %s requests a second that held a connection for %s each, with %.0f %% in use: what exhausts a pool is the rate times the holding time.",
				size, quantity.Number(math.Round(here.Load.Rate)), quantity.Span(hold), use)
		},
	}
}

// poolOpen is the connections of a side's pool: one is the client's own.
func poolOpen(d exhibit, side string) float64 { return d.value("connections open", side) - 1 }

func poolFormula() claim {
	const acquire, holding = "acquire wait p99", "median time with a connection"
	return claim{
		says: "pool = concurrency × duration × 1.5",
		counts: "A size is enough if it is at least what is in use on average and one request in a hundred waits no longer for a connection than it holds one. " +
			"The words are taken as they stand: requests at the same time, times seconds. If they fail and requests a second in place of the concurrency is enough, that is the correction.",
		grounds: grounds{near("pool-size", "All metrics")},
		judge: func(r *record) (bench.ClaimVerdict, string) {
			d := r.near("pool-size")
			size, hold, wait := poolOpen(d, bench.Pattern), d.span(holding, bench.Pattern), d.span(acquire, bench.Pattern)
			busy := size * d.value("share of the pool in use", bench.Pattern)
			worded := math.Max(1, math.Ceil(busy*hold.Seconds()*1.5))
			text := fmt.Sprintf("%s requests a second that held a connection for %s each had %s in use at the same time: by the words, the pool would be %.0f",
				quantity.Number(math.Round(d.Load.Rate)), quantity.Span(hold), quantity.Number(busy), worded)
			switch {
			case wait > hold:
				return bench.Refuted, text + fmt.Sprintf("; even with %.0f one in a hundred waited %s.", size, quantity.Span(wait))
			case worded < busy:
				return bench.Corrected, text + fmt.Sprintf("; requests a second × duration × 1.5 makes %.0f, with which one in a hundred waited %s. Concurrency is the rate times the duration already.", size, quantity.Span(wait))
			case worded < size:
				return bench.NotShown, text + fmt.Sprintf(", which was not tried; %.0f were enough.", size)
			}
			return bench.Confirmed, text + fmt.Sprintf("; %.0f were enough.", size)
		},
	}
}
