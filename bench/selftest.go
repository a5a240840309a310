package bench

import (
	"context"
	"fmt"
	"time"

	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// SelfTestSweep is the name of the sweep of the scenario that a self-test takes:
// its value is the nanoseconds that each op of the anti-pattern takes longer.
const SelfTestSweep = "added"

// A SelfTest is how often the method was right where the truth is known.
type SelfTest struct {
	Schema   int            `json:"schema"`
	Version  string         `json:"version"`
	Started  time.Time      `json:"started"`
	Elapsed  time.Duration  `json:"elapsed_ns"`
	Args     []string       `json:"args"`
	Partial  string         `json:"partial,omitempty"` // why it did not finish; the duels that are there count
	Settings Settings       `json:"settings"`          // of each duel
	Host     Host           `json:"host"`
	Server   Server         `json:"server"`
	Cores    *Cores         `json:"cores,omitempty"` // of the duels without an emulated network
	Cases    []SelfTestCase `json:"cases"`
}

// A SelfTestCase is a truth, and the duels that were to find it.
type SelfTestCase struct {
	RTT   time.Duration `json:"rtt_ns"`
	Share float64       `json:"share"` // of Service, by which the anti-pattern's ops take longer; 0 is equal sides
	// Service is the median response time of the pattern, measured before the
	// first duel, and Added what each op of the anti-pattern takes longer.
	Service time.Duration  `json:"service_ns"`
	Added   time.Duration  `json:"added_ns"`
	Duels   []SelfTestDuel `json:"duels"`
}

// A SelfTestDuel is what one of them found.
type SelfTestDuel struct {
	Rounds  int            `json:"rounds"`
	Verdict stats.Verdict  `json:"verdict"`
	Effect  stats.Interval `json:"effect"` // ratio of the anti-pattern to the pattern
	Noise   stats.Interval `json:"noise"`
	Failed  string         `json:"failed,omitempty"` // why it has no result; it counts as one that found nothing
}

// Count is the number of duels with a verdict.
func (c *SelfTestCase) Count(v stats.Verdict) (n int) {
	for _, d := range c.Duels {
		if d.Verdict == v && d.Failed == "" {
			n++
		}
	}
	return n
}

// A SelfTestPlan says what to try and when it is enough.
type SelfTestPlan struct {
	RTTs   []time.Duration
	Shares []float64 // besides equal sides
	// The duels end when Time is over and each case has at least one, or when
	// there are Duels of equal sides at each round trip. Zero is no such end.
	Time  time.Duration
	Duels int
}

// equalPerLap is how many duels of equal sides are fought for each of a known
// difference: an error rate of some percent needs more of them.
const equalPerLap = 3

// RunSelfTest fights whole duels, each of rounds of its own, in laps: some of
// equal sides and one of each share at each round trip, so that the host's
// changes of mind meet all alike. The scenario needs a sweep named
// SelfTestSweep. It returns what there is beside an error.
func RunSelfTest(ctx context.Context, c Config, s Scenario, plan SelfTestPlan) (*SelfTest, error) {
	c.Scenarios = []Scenario{s}
	t := &selfTest{config: c, plan: plan, began: time.Now(), SelfTest: SelfTest{
		Schema: Schema, Version: c.Version, Started: time.Now().UTC(), Args: c.Args, Settings: c.Settings,
		Host: ThisHost(), Cases: []SelfTestCase{},
	}}
	err := t.all(ctx)
	if err != nil {
		t.Partial = Sentence(err.Error())
	}
	t.Elapsed = time.Since(t.began)
	return &t.SelfTest, err
}

// A selfTest is a SelfTest in progress.
type selfTest struct {
	SelfTest
	config Config
	plan   SelfTestPlan
	began  time.Time
	fought int
}

func (t *selfTest) all(ctx context.Context) error {
	for _, rtt := range t.plan.RTTs {
		service, err := t.calibrate(ctx, rtt)
		if err != nil {
			return err
		}
		for _, share := range append([]float64{0}, t.plan.Shares...) {
			added := time.Duration(share * float64(service))
			t.Cases = append(t.Cases, SelfTestCase{RTT: rtt, Share: share, Service: service, Added: added, Duels: []SelfTestDuel{}})
		}
	}
	for lap := 0; ; lap++ {
		for i := range t.Cases {
			c := &t.Cases[i]
			duels := 1
			if c.Share == 0 {
				duels = equalPerLap
			}
			for range duels {
				if t.enough(c, lap) {
					break
				}
				if err := t.duel(ctx, c); err != nil {
					return err
				}
			}
		}
		if t.over(lap + 1) {
			return nil
		}
	}
}

// over reports whether no lap is to follow.
func (t *selfTest) over(laps int) bool {
	for i := range t.Cases {
		if !t.enough(&t.Cases[i], laps) {
			return false
		}
	}
	return true
}

// enough reports whether a case needs no further duel after so many laps.
func (t *selfTest) enough(c *SelfTestCase, laps int) bool {
	if t.plan.Time > 0 && laps > 0 && time.Since(t.began) > t.plan.Time {
		return true
	}
	most := t.plan.Duels
	if c.Share != 0 {
		most = (most + equalPerLap - 1) / equalPerLap
	}
	return t.plan.Duels > 0 && len(c.Duels) >= most
}

// calibrate is the pattern's median response time at a round trip.
func (t *selfTest) calibrate(ctx context.Context, rtt time.Duration) (time.Duration, error) {
	d, err := t.fight(ctx, rtt, 0, "how long an op takes")
	if err != nil {
		return 0, err
	}
	if d.Failed != "" {
		return 0, fmt.Errorf("%w: %s", ErrFailed, d.Failed)
	}
	t.Server = d.Server
	if d.Cores != nil {
		t.Cores = d.Cores
	}
	return time.Duration(d.Value(d.Primary.Name, Pattern)), nil
}

func (t *selfTest) duel(ctx context.Context, c *SelfTestCase) error {
	about := "equal sides"
	if c.Share > 0 {
		about = quantity.Number(100*c.Share) + " % slower"
	}
	d, err := t.fight(ctx, c.RTT, c.Added, about)
	if err != nil {
		return err
	}
	c.Duels = append(c.Duels, SelfTestDuel{
		Rounds: d.lastRound(), Verdict: d.Comparison.Verdict, Effect: d.Comparison.Effect, Noise: d.Comparison.Noise, Failed: d.Failed,
	})
	return nil
}

// fight fights a duel. One that fails its checks is a result; an error ends all.
func (t *selfTest) fight(ctx context.Context, rtt, added time.Duration, about string) (*Duel, error) {
	c := t.config
	c.RunID = ""
	c.Settings.RTT, c.Settings.Sweep, c.Settings.At = rtt, SelfTestSweep, float64(added)
	c.Settings.Seed = roundSeed(c.Settings.Seed, 1000*t.fought)
	t.fought++
	if tell := c.Progress; tell != nil {
		c.Progress = func(p Progress) {
			p.Phase = fmt.Sprintf("duel %d, round trip %v, %s: %s", t.fought, rtt, about, p.Phase)
			p.Remaining = t.remaining()
			tell(p)
		}
	}
	run, err := Run(ctx, c)
	if len(run.Duels) == 0 || run.Partial != "" {
		return nil, err
	}
	return &run.Duels[0], nil
}

// remaining is an estimate of the time left.
func (t *selfTest) remaining() time.Duration {
	left := t.plan.Time - time.Since(t.began)
	if t.plan.Duels > 0 && len(t.Cases) > 0 {
		done := max(1, len(t.Cases[0].Duels))
		byDuels := time.Since(t.began) / time.Duration(done) * time.Duration(t.plan.Duels-done)
		if t.plan.Time == 0 || byDuels < left {
			left = byDuels
		}
	}
	return max(0, left)
}
