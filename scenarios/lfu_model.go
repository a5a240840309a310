package scenarios

import (
	"math"
	"sort"
	"time"
)

// A workload is what the readers of a cache do.
type workload struct {
	scan  float64 // share of the reads that go to keys which are read once
	moved float64 // share of the popular keys that others replace when the measuring begins
}

// A class is a number of popular keys that are read equally often.
type class struct {
	keys float64
	rate float64 // reads a second of each key
}

// classes groups the popular keys by rank, 5 % at a time, at a rate of reads of
// all of them together.
func classes(rate float64) []class {
	all := []class{}
	sum := 0.0
	for i := range lfuPopular {
		sum += 1 / float64(i+1)
	}
	for first := 1; first <= lfuPopular; {
		last, reads := max(first, first+first/20), 0.0
		last = min(last, lfuPopular)
		for i := first; i <= last; i++ {
			reads += 1 / float64(i)
		}
		n := float64(last - first + 1)
		all = append(all, class{keys: n, rate: rate * reads / sum / n})
		first = last + 1
	}
	return all
}

// underLRU is the hit ratio of the popular keys in the measured phase: a key is
// there if it was read within the time that the cache takes to turn over, and
// nobody has read a new one before the measuring began.
func (w workload) underLRU() float64 {
	const reads = lfuPage * lfuRate
	popular := classes(reads * (1 - w.scan))
	turnover := w.turnover(popular, reads*w.scan)
	known := func(c class, t float64) float64 { return 1 - math.Exp(-c.rate*min(t, turnover)) }
	hits, all := 0.0, 0.0
	for _, c := range popular {
		all += c.keys * c.rate
		hits += (1 - w.moved) * c.keys * c.rate * known(c, turnover)
		hits += w.moved * c.keys * c.rate * mean(func(t float64) float64 { return known(c, t) })
	}
	return hits / all
}

// turnover is how many seconds it takes until as many different keys were read
// as the cache holds.
func (w workload) turnover(popular []class, cold float64) float64 {
	const limit, steps = 60.0, 60_000
	i := sort.Search(steps, func(i int) bool {
		t := limit * float64(i) / steps
		different := cold * t
		for _, c := range popular {
			different += c.keys * (1 - math.Exp(-c.rate*t))
		}
		return different >= lfuCapacity
	})
	return limit * float64(i) / steps
}

// mean is that of a function of the seconds since the measuring began.
func mean(of func(float64) float64) float64 {
	const steps = 150
	sum := 0.0
	for i := range steps {
		sum += of(lfuMeasured.Seconds() * (float64(i) + 0.5) / steps)
	}
	return sum / steps
}

// A holding is what the cache holds of a class under LFU: shares of its keys that
// were written and never hit, and that were hit.
type holding struct {
	class
	fresh, safe float64
}

// underLFU is the same under LFU, step by step: a missing key that is read is
// written, with the frequency of a new key, 5; its first hit makes that 6, for
// certain; and what is evicted is a key of 5, any of them.
func (w workload) underLFU() float64 {
	const step = 10 * time.Millisecond
	held := hold(classes(lfuPage * lfuRate))
	cold, hits, all := 0.0, 0.0, 0.0
	for t := time.Duration(0); t < lfuWarmup+lfuMeasured; t += step {
		if t == lfuFill {
			held = slow(held, 1-w.scan)
		}
		if t == lfuWarmup {
			held = replace(held, w.moved)
		}
		scanned := 0.0
		if t >= lfuFill {
			scanned = lfuPage * lfuRate * w.scan
		}
		missed, evicted := pressure(held, cold, scanned)
		if t >= lfuWarmup {
			all += sumOf(held, func(h *holding) float64 { return h.keys * h.rate })
			hits += sumOf(held, func(h *holding) float64 { return h.keys * h.rate }) - missed
		}
		for i := range held {
			held[i].advance(step.Seconds(), evicted)
		}
		cold += scanned*step.Seconds() - cold*(1-math.Exp(-evicted*step.Seconds()))
	}
	return hits / all
}

// pressure returns the misses of popular keys a second, and the rate at which a
// key of the lowest frequency is evicted: as many go as come, once it is full.
func pressure(held []holding, cold, scanned float64) (missed, evicted float64) {
	missed = sumOf(held, func(h *holding) float64 { return h.keys * h.rate * (1 - h.fresh - h.safe) })
	fresh := cold + sumOf(held, func(h *holding) float64 { return h.keys * h.fresh })
	safe := sumOf(held, func(h *holding) float64 { return h.keys * h.safe })
	if fresh+safe < lfuCapacity {
		return missed, 0
	}
	return missed, (missed + scanned) / max(fresh, 1)
}

// advance moves a class on by so many seconds.
func (h *holding) advance(dt, evicted float64) {
	written := (1 - h.fresh - h.safe) * (1 - math.Exp(-h.rate*dt))
	left := h.fresh * (1 - math.Exp(-(h.rate+evicted)*dt))
	h.fresh += written - left
	if h.rate > 0 {
		h.safe += left * h.rate / (h.rate + evicted)
	}
}

func hold(popular []class) []holding {
	held := make([]holding, len(popular))
	for i, c := range popular {
		held[i].class = c
	}
	return held
}

// slow makes all reads rarer.
func slow(held []holding, by float64) []holding {
	for i := range held {
		held[i].rate *= by
	}
	return held
}

// replace has a share of the keys give way to others that are read as often:
// the old ones stay in the cache and nobody reads them.
func replace(held []holding, share float64) []holding {
	for _, h := range held {
		old := h
		old.keys, old.rate = h.keys*share, 0
		held = append(held, old, holding{class: class{h.keys * share, h.rate}})
	}
	for i := range len(held) / 3 {
		held[i].keys *= 1 - share
	}
	return held
}

func sumOf(held []holding, of func(*holding) float64) float64 {
	sum := 0.0
	for i := range held {
		sum += of(&held[i])
	}
	return sum
}
