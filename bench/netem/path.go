package netem

import (
	"math/rand/v2"
	"sync"
	"time"
)

// A wire is one direction of the link to one address. Its connections take
// turns on it.
type wire struct {
	bandwidth int64 // bytes/s; 0 is unlimited

	mu   sync.Mutex
	free time.Time // when everything sent so far has left
}

// frame is the most bytes that are put on the wire as one: a millisecond of
// it, but no less than TCP's segment on Ethernet. 0 means any number.
func (w *wire) frame() int {
	if w.bandwidth == 0 {
		return 0
	}
	return int(max(1460, w.bandwidth/1000))
}

// send returns when n bytes that are ready at the moment at have left.
func (w *wire) send(at time.Time, n int) time.Time {
	if w.bandwidth == 0 {
		return at
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.free.Before(at) {
		w.free = at
	}
	w.free = w.free.Add(time.Duration(float64(n) / float64(w.bandwidth) * float64(time.Second)))
	return w.free
}

// A path says when what one direction of a connection sends arrives.
type path struct {
	wire      *wire
	delay     time.Duration // one way
	jitter    time.Duration // one way, either side of delay
	rng       *rand.Rand    // nil without jitter
	notBefore time.Time     // until the handshake is over nothing counts as sent
	last      time.Time     // the last arrival, which later ones must not overtake
}

// transparent reports whether everything arrives as soon as it is sent.
func (p *path) transparent() bool {
	return p.delay == 0 && p.jitter == 0 && p.wire.bandwidth == 0
}

// arrival returns when n bytes sent at the moment now arrive.
func (p *path) arrival(now time.Time, n int) time.Time {
	if now.Before(p.notBefore) {
		now = p.notBefore
	}
	at := p.wire.send(now, n).Add(p.delay + p.shake())
	if at.Before(p.last) {
		at = p.last
	}
	p.last = at
	return at
}

// shake draws from the interval ± jitter.
func (p *path) shake() time.Duration {
	if p.rng == nil {
		return 0
	}
	return time.Duration(p.rng.Int64N(int64(2*p.jitter)+1)) - p.jitter
}

func newRand(jitter time.Duration, seed, stream uint64) *rand.Rand {
	if jitter == 0 {
		return nil
	}
	return rand.New(rand.NewPCG(seed, stream))
}
