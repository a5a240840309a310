package netem

import (
	"fmt"
	"time"
)

// The bounds of a Link's fields.
const (
	MaxRTT       = time.Minute
	MinBandwidth = 1000 // bytes/s
)

// A Link describes the emulated path between a client and a server. The zero
// value is no emulation at all.
type Link struct {
	// RTT is the round trip time that the link adds, half of it each way.
	RTT time.Duration `json:"rtt_ns"`
	// Jitter spreads the round trip evenly over RTT ± Jitter, half of it each
	// way. Bytes of a connection keep their order, as TCP's do.
	Jitter time.Duration `json:"jitter_ns,omitempty"`
	// Bandwidth is what the link to one address carries each way, in bytes/s,
	// shared by all connections to that address; 0 means no limit.
	Bandwidth int64 `json:"bandwidth_bytes_per_s,omitempty"`
	// Faults are those at the start; Network.Inject changes them.
	Faults Faults `json:"faults,omitzero"`
	// Seed decides the jitter of the connections, in the order they are made.
	Seed uint64 `json:"seed,omitempty"`
}

// Faults are what goes wrong on a link. The zero value is none.
type Faults struct {
	// BlackHole holds everything up: bytes, the ends of connections and dials.
	// When it is lifted what was sent arrives, in order, as if TCP had sent it
	// again at that moment.
	BlackHole bool `json:"black_hole,omitempty"`
	// CutRequests and CutReplies break a connection once so many bytes have
	// arrived in one direction; nil means never.
	CutRequests *Cut `json:"cut_requests,omitempty"`
	CutReplies  *Cut `json:"cut_replies,omitempty"`
}

// A Cut ends a connection after a number of bytes.
type Cut struct {
	After int64 `json:"after_bytes"`
	// Reset ends it like a crashed peer: both ends see a connection reset.
	// Without it they see an orderly end of the stream in a wrong place.
	Reset bool `json:"reset,omitempty"`
}

// Validate returns the first field that is out of its range.
func (l Link) Validate() error {
	switch {
	case l.RTT < 0 || l.RTT > MaxRTT:
		return fmt.Errorf("the link's RTT is %v but must be from 0 to %v", l.RTT, MaxRTT)
	case l.Jitter < 0 || l.Jitter > l.RTT:
		return fmt.Errorf("the link's jitter is %v but must be from 0 to its RTT, %v", l.Jitter, l.RTT)
	case l.Bandwidth != 0 && l.Bandwidth < MinBandwidth:
		return fmt.Errorf("the link's bandwidth is %d bytes/s but must be 0, for no limit, or at least %d", l.Bandwidth, MinBandwidth)
	}
	return l.Faults.Validate()
}

// Validate returns the first field that is out of its range.
func (f Faults) Validate() error {
	for name, cut := range map[string]*Cut{"requests": f.CutRequests, "replies": f.CutReplies} {
		if cut != nil && cut.After < 0 {
			return fmt.Errorf("the link's cut of %s is after %d bytes but must be after 0 or more", name, cut.After)
		}
	}
	return nil
}

// transparent reports whether connections need no emulation.
func (l Link) transparent() bool {
	return l.RTT == 0 && l.Jitter == 0 && l.Bandwidth == 0
}
