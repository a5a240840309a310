package scenarios

import (
	"sync"
	"time"
)

// serverTick allows for the server's clock, which is read once for all commands
// of a turn and counts whole milliseconds: a key may expire that much sooner or
// later.
const serverTick = 2 * time.Millisecond

// A guarded is a resource that a lock should keep for one holder at a time. It
// lets everybody in, sees who is inside with whom, and knows by whose fault. If
// it is fenced, it refuses who comes with an old fencing token to write.
//
// Its value counts writes: each holder reads it on entering and, on leaving,
// writes one more than it read. Two holders at once lose an update that way.
type guarded struct {
	fenced bool
	ttl    time.Duration // of the lock

	mu      sync.Mutex
	inside  map[int64]*guest // by fencing token
	newest  int64            // fencing token
	value   int64
	written int64 // writes that were accepted
}

// A guest is a holder inside the resource.
type guest struct {
	fence int64
	asked time.Time // before the lock was taken
	read  int64
}

// An overlap says who is to blame when a holder enters while another is inside.
type overlap int

const (
	alone     overlap = iota
	byExpiry          // the earlier holder stayed longer than its lock's time
	byRelease         // the earlier holder's lock had time left: a stranger deleted it
)

// enter lets a holder in.
func (g *guarded) enter(fence int64, asked, now time.Time) (*guest, overlap) {
	g.mu.Lock()
	defer g.mu.Unlock()
	who := &guest{fence: fence, asked: asked, read: g.value}
	blame := alone
	for _, other := range g.inside {
		blame = max(blame, g.blame(who, other, now))
	}
	if g.inside == nil {
		g.inside = map[int64]*guest{}
	}
	g.inside[fence] = who
	g.newest = max(g.newest, fence)
	return who, blame
}

// blame judges by the earlier of two holders, the one of the smaller token. Its
// lock was taken after it asked, and the later one's by now: with less than ttl
// between them it cannot have expired.
func (g *guarded) blame(a, b *guest, now time.Time) overlap {
	if b.fence < a.fence {
		a = b
	}
	if now.Sub(a.asked) < g.ttl-serverTick {
		return byRelease
	}
	return byExpiry
}

// leave has a holder write and go. It reports whether somebody with a newer
// token had entered, and whether the write was accepted.
func (g *guarded) leave(who *guest) (overtaken, accepted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.inside, who.fence)
	overtaken = who.fence < g.newest
	if overtaken && g.fenced {
		return overtaken, false
	}
	g.value, g.written = who.read+1, g.written+1
	return overtaken, true
}

// lost is the number of accepted writes that the value does not show.
func (g *guarded) lost() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written - g.value
}
