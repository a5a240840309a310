package generator

import (
	"fmt"
	"time"

	"redisduel/bench"
)

// A Spread is how far apart the clocks of generators were, by which they start.
type Spread struct {
	Apart  time.Duration `json:"apart_ns"`  // the furthest of them
	Within time.Duration `json:"within_ns"` // how wrong that may be, either way
}

// spread compares the generators' clocks through the server's; nil if one of
// them does not know it.
func spread(results []*Result) *Spread {
	var least, most *bench.ServerClock
	for _, r := range results {
		c := r.Clock
		switch {
		case c == nil:
			return nil
		case least == nil:
			least, most = c, c
		case c.Ahead < least.Ahead:
			least = c
		case c.Ahead > most.Ahead:
			most = c
		}
	}
	return &Spread{Apart: most.Ahead - least.Ahead, Within: most.Within + least.Within}
}

// warning says what clocks that differ did to a load of so long; empty if
// nothing that matters.
func (s *Spread) warning(duration time.Duration) string {
	switch {
	case s == nil:
		return "How far apart the clocks of the generators were is not known, since the server did not tell its time: shares may have begun that far apart."
	case s.Apart-s.Within > duration/100:
		return fmt.Sprintf("The clocks of the generators were %v apart, so that shares began and ended that far apart: set them by one time server.", s.Apart.Round(time.Millisecond))
	}
	return ""
}
