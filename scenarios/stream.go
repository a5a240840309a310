package scenarios

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
)

// The stream is what a cache lives with: keys that are asked for some times
// and never again, since what they stand for is yesterday's, and a few that are
// asked for all the time. So it wants little memory at any moment and, if
// nothing ever goes, any amount of it in the end.
const (
	streamRate  = 2000   // requests a second
	streamSize  = 32_000 // bytes of a value
	streamAsks  = 3      // requests for a key that is then never asked for again
	streamGroup = 25     // keys that take turns: a key's requests lie 14 ms apart
	streamEvery = 10     // of so many requests one is for a key that stays in demand
	streamHot   = 4      // such keys: each is asked for every 20 ms

	// streamBytes is what a key takes in the server: a value of 32,000 bytes
	// fills the allocator's class of 32 KiB, and name, object, entries and hash
	// tables some 200 bytes.
	streamBytes = 32<<10 + 200
)

// streamHz has the server look for expired keys, and for buffers of clients
// to trim, a hundred times a second: a trial is so short that with the default
// of ten it would look six times. With keys that live for minutes the default
// is soon enough.
const streamHz = 100

func streamServer() bench.Topology {
	return bench.Topology{Config: []string{fmt.Sprint("hz ", streamHz)}, Alone: true}
}

// A pace is how fast the stream flows, and what that means for the server.
type pace struct {
	rate  float64       // requests a second
	trial time.Duration // length of a trial
	ttl   time.Duration // of the keys: short against the trial, long against a key's three requests
	room  int64         // bytes of memory that the server has for them
}

// paceOf is the stream of a setting: at a longer round trip all of it is slower,
// in proportion, so that a key is cached before it is asked for again.
func paceOf(set bench.Setting) pace {
	p := pace{rate: streamRate, trial: 600 * time.Millisecond, ttl: 60 * time.Millisecond, room: 6 << 20}
	if set.Quick {
		p.trial, p.ttl, p.room = p.trial/2, p.ttl/2, p.room/2
	}
	slower := slowdown(set.RTT)
	p.rate /= float64(slower)
	p.trial *= slower
	p.ttl *= slower
	return p
}

// slowdown is how many times slower a cache's load is at a round trip: not at
// all up to 6 ms.
func slowdown(rtt time.Duration) time.Duration {
	const swift = 6 * time.Millisecond
	return max(1, (rtt+swift-1)/swift)
}

// news is how many keys a second are asked for the first time.
func (p pace) news() float64 { return p.passing() / streamAsks }

// passing is how many requests a second are for keys that do not stay in demand.
func (p pace) passing() float64 { return p.rate * (streamEvery - 1) / streamEvery }

// full is how long the stream takes to use up the room if nothing goes.
func (p pace) full() float64 {
	return (float64(p.room)/streamBytes - streamHot) / p.news()
}

// never is longer than any trial.
const never = 1e9

// refused is the share, in percent, of the cache's writes that a server refuses
// that may not evict, if keys live so many seconds. It
// takes in all of them until it is full, then none until the first ones expire,
// and so on. While it takes none, every request for a passing key is a load and
// a write that is refused.
func (p pace) refused(lifetime float64) float64 {
	trial, full := p.trial.Seconds(), p.full()
	taking := trial
	if lifetime > full {
		cycles := math.Floor(trial / lifetime)
		taking = cycles*full + min(full, trial-cycles*lifetime)
	}
	refused := p.passing() * (trial - taking)
	return 100 * refused / (refused + p.news()*taking + streamHot)
}

// refusedFormula is refused in words, for keys that outlive the trial.
const refusedFormula = "q·(T − f) / (q·(T − f) + n·f): the room of M bytes is used up after f = M/(n·s) by n new keys a second of s bytes; " +
	"for the rest of the trial each of q requests a second is a load and a write that is refused"

// requests is the number of requests of a trial.
func (p pace) requests() int { return int(math.Ceil(p.rate * p.trial.Seconds())) }

// streamLoad is an open loop: as many requests on either side, whatever they
// lead to.
func streamLoad(set bench.Setting) load.Spec {
	p := paceOf(set)
	return load.Spec{Mode: load.Open, Arrivals: load.Constant, Rate: p.rate, Workers: 32, Duration: p.trial}
}

// streamKey names the key of request i.
func streamKey(i int) string {
	if i%streamEvery == streamEvery-1 {
		return fmt.Sprintf("hot:%d", i/streamEvery%streamHot)
	}
	passing := i - i/streamEvery
	turn := passing / (streamGroup * streamAsks)
	return fmt.Sprintf("passing:%d", turn*streamGroup+passing%streamGroup)
}

// streamKeys names all keys of a trial, some of them more than once.
func streamKeys(set bench.Setting) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range paceOf(set).requests() {
			if !yield(streamKey(i)) {
				return
			}
		}
	}
}

// streamValue is what the backend answers for a key, and isStreamValue whether
// an answer is that.
func streamValue(key string) string {
	return key + strings.Repeat(".", streamSize-len(key))
}

func isStreamValue(key, value string) bool {
	return len(value) == streamSize && strings.HasPrefix(value, key+".")
}
