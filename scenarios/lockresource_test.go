package scenarios

import (
	"testing"
	"time"
)

func TestAResourceKnowsByWhoseFaultHoldersOverlap(t *testing.T) {
	const ttl = 100 * time.Millisecond
	start := time.Now()
	for _, c := range []struct {
		name  string
		fence int64         // of the second one to enter; the first one's is 5
		after time.Duration // that the first one asked for its lock
		want  overlap
	}{
		{"a lock that had time left was deleted", 6, 50 * time.Millisecond, byRelease},
		{"a lock whose time had passed expired", 6, 150 * time.Millisecond, byExpiry},
		{"in doubt it expired", 6, 99 * time.Millisecond, byExpiry},
		{"who enters with the older token was overtaken", 4, 50 * time.Millisecond, byExpiry},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := guarded{ttl: ttl}
			if _, blame := g.enter(5, start, start); blame != alone {
				t.Errorf("the first one met %v", blame)
			}
			asked := start
			if c.fence < 5 {
				asked = start.Add(-ttl)
			}
			if _, blame := g.enter(c.fence, asked, start.Add(c.after)); blame != c.want {
				t.Errorf("the second one met %v, want %v", blame, c.want)
			}
		})
	}
}

func TestOnlyAFencedResourceLosesNoUpdate(t *testing.T) {
	for _, fenced := range []bool{false, true} {
		g := guarded{fenced: fenced, ttl: time.Second}
		now := time.Now()
		first, _ := g.enter(1, now, now)
		second, _ := g.enter(2, now, now)
		if overtaken, accepted := g.leave(first); !overtaken || accepted == fenced {
			t.Errorf("fenced %v: the older one was overtaken %v and accepted %v", fenced, overtaken, accepted)
		}
		if overtaken, accepted := g.leave(second); overtaken || !accepted {
			t.Errorf("fenced %v: the newer one was overtaken %v and accepted %v", fenced, overtaken, accepted)
		}
		want := int64(1)
		if fenced {
			want = 0
		}
		if lost := g.lost(); lost != want {
			t.Errorf("fenced %v: %d updates lost, want %d", fenced, lost, want)
		}
	}
}
