package peers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

const ms = time.Millisecond

// tolerance is the error that a link may have by the project's target: 20 µs
// below a millisecond, and a share of the round trip above.
func tolerance(rtt time.Duration, share float64) float64 {
	return max(float64(20*time.Microsecond), share*float64(rtt))
}

// idle measures one exchange at a time.
func (r *run) idle(ctx context.Context) error {
	s := Section{
		Title: "The emulated link, idle",
		About: []string{
			"One connection sends a GET of 64 bytes, waits for the answer, and rests as long as the round trip before the next. The direct connection rests as long: a server that slept wakes up as slowly on both ways, and that is no error of the link. The error is the median through the link less the round trip that was asked for, less the median of the direct connection in the same round. *Link* is the dialer that all duels use, in the process of the client; the two proxies are processes of their own, with two more sockets on the way.",
			"Expected: at most 20 µs of error below 1 ms and 2 % above. toxiproxy counts in whole milliseconds, takes an odd one on the way back, and cannot make 0.25 ms.",
		},
		Reproduce: "make peers ARGS='--only idle'",
	}
	for _, rtt := range pick(r, []time.Duration{ms / 4, ms, 5 * ms, 50 * ms, 250 * ms}, []time.Duration{ms / 4, 2 * ms}) {
		// At least a few exchanges, of which each takes twice the round trip.
		d := drive{conns: 1, depth: 1, every: 2 * rtt, lasts: pick(r, max(700*ms, 8*rtt), 20*ms)}
		m, err := r.distance(ctx, "GET at "+quantity.Asked(rtt), rtt, d, pick(r, 6, 2), 0.02)
		if err != nil {
			return err
		}
		s.Measures = append(s.Measures, m)
	}
	r.add(s)
	return nil
}

// distance measures how long an exchange takes by every way.
func (r *run) distance(ctx context.Context, what string, rtt time.Duration, d drive, rounds int, share float64) (Measure, error) {
	r.Log("the link: " + what)
	p, err := r.open(ctx, rtt)
	if err != nil {
		return Measure{}, err
	}
	defer p.Close()
	values, err := measure(ctx, rounds, p.names, func(ctx context.Context, way string) (map[string]float64, error) {
		got, err := d.run(ctx, p.dial[way], request, reply)
		return map[string]float64{"median": float64(got.median)}, err
	})
	m := Measure{What: what, Unit: "ns", Ways: values["median"]}
	for _, way := range p.names[1:] {
		c := Comparison{Of: way, Against: direct, Scale: stats.Difference, Less: float64(rtt)}
		if way == link {
			c.Min, c.Max = bound(-tolerance(rtt, share)), bound(tolerance(rtt, share))
		}
		m.Comparisons = append(m.Comparisons, c)
	}
	return m, err
}

// loaded measures many connections with many commands in flight.
func (r *run) loaded(ctx context.Context) error {
	s := Section{
		Title: "The emulated link under load",
		About: []string{
			"100 connections send 16 GETs at once. First each does so every 40 ms, which is 40 000 commands a second and lets the machine breathe: the error is as above, with a target of 5 %. Then each sends the next 16 as soon as the last are answered, which takes all of the machine that there is. *CPU of an exchange* is that of the client, the server and a process in between together.",
			"Expected: by Little's law 1600 commands in flight over a round trip make 1600 / RTT commands a second, and the link should let 90 % of them through. At 1 ms that is about what the direct connection reaches, which has no round trip to wait for and takes all of the machine: there is no CPU left for a link. The connections start one after the other over a round trip; those that start at once stay together, and wait for each other. A proxy without a round trip should let 80 % of the direct connection's through. toxiproxy then has no toxic.",
			"A proxy reads and writes once more what the client and the server do. Where system calls are most of an exchange, as of one of 16 commands, and all cores are taken, that is expected to cost more than the target leaves. 128 GETs on each of 10 connections are more work for the server, which has one core, than for a proxy.",
		},
		Reproduce: "make peers ARGS='--only loaded'",
	}
	for _, rtt := range pick(r, []time.Duration{ms, 5 * ms, 20 * ms}, []time.Duration{2 * ms}) {
		d := drive{conns: 100, depth: 16, every: 40 * ms, spread: 40 * ms, lasts: pick(r, 800*ms, 60*ms)}
		m, err := r.distance(ctx, "100 × 16 every 40 ms, at "+quantity.Asked(rtt), rtt, d, pick(r, 5, 2), 0.05)
		if err != nil {
			return err
		}
		s.Measures = append(s.Measures, m)
	}
	lasts := pick(r, 700*ms, 40*ms)
	wide, deep := drive{conns: 100, depth: 16, lasts: lasts}, drive{conns: 10, depth: 128, lasts: lasts}
	if err := r.loop(ctx, &s, deep, 0); err != nil {
		return err
	}
	for _, rtt := range pick(r, []time.Duration{0, ms, 5 * ms, 20 * ms}, []time.Duration{0, 2 * ms}) {
		if err := r.loop(ctx, &s, wide, rtt); err != nil {
			return err
		}
	}
	r.add(s)
	return nil
}

// loop adds a closed loop to the section: its throughput, what CPU that took,
// and what CPU its targets allow.
func (r *run) loop(ctx context.Context, s *Section, d drive, rtt time.Duration) error {
	d.spread = rtt
	rate, cpu, err := r.throughput(ctx, d, rtt)
	if err != nil {
		return err
	}
	rate.Note = allows(&rate, &cpu, d.depth, r.result.Host.Cores)
	s.Measures = append(s.Measures, rate, cpu)
	return nil
}

const little = "Little's law"

// throughput measures a closed loop by every way.
func (r *run) throughput(ctx context.Context, d drive, rtt time.Duration) (rate, cpu Measure, err error) {
	what := fmt.Sprintf("closed loop of %d × %d, at %s", d.conns, d.depth, quantity.Asked(rtt))
	r.Log("the link: " + what)
	p, err := r.open(ctx, rtt)
	if err != nil {
		return rate, cpu, err
	}
	defer p.Close()
	values, err := measure(ctx, pick(r, 6, 2), p.names, func(ctx context.Context, way string) (map[string]float64, error) {
		d.cpu = r.meter(p, way)
		got, err := d.run(ctx, p.dial[way], request, reply)
		return map[string]float64{"rate": got.rate, "cpu": got.cpu}, err
	})
	if err != nil {
		return rate, cpu, err
	}
	rate = Measure{What: what, Unit: "commands/s", Ways: values["rate"]}
	cpu = Measure{What: what + ": CPU of an exchange", Unit: "ns", Ways: values["cpu"]}
	if rtt == 0 { // a link without a round trip is the direct connection
		rate.Ways, cpu.Ways = without(rate.Ways, link), without(cpu.Ways, link)
	}
	cpu.Comparisons = versus(cpu.Ways, direct, stats.Difference)
	rate.hold(float64(d.conns*d.depth), rtt)
	return rate, cpu, nil
}

// hold compares the ways' throughput with what it should be.
func (m *Measure) hold(inFlight float64, rtt time.Duration) {
	if rtt == 0 {
		m.Comparisons = versus(m.Ways, direct, stats.Ratio)
		m.Comparisons[0].Min = bound(0.8)
		return
	}
	ways := m.Ways
	m.Ways = append(ways, constant(little, inFlight/rtt.Seconds(), len(ways[0].Rounds)))
	m.Comparisons = versus(without(ways, direct), little, stats.Ratio)
	m.Comparisons[0].Min = bound(0.9)
}

// without leaves a way out.
func without(ways []Way, name string) []Way {
	return slices.DeleteFunc(slices.Clone(ways), func(w Way) bool { return w.Name == name })
}

// versus compares every way but that itself with one.
func versus(ways []Way, against string, scale stats.Scale) (all []Comparison) {
	for _, w := range ways {
		if w.Name != against {
			all = append(all, Comparison{Of: w.Name, Against: against, Scale: scale})
		}
	}
	return all
}

// constant is a way whose rounds are all alike: theory.
func constant(name string, v float64, rounds int) Way {
	w := Way{Name: name}
	for range rounds {
		w.Rounds = append(w.Rounds, stats.Float(v))
	}
	return w
}
