package scenarios

import (
	"math"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestStampede(t *testing.T) {
	benchtest.Times(t)
	duel := benchtest.TestScenario(t, stampede())
	for i := range duel.Trials {
		switch trial := &duel.Trials[i]; trial.Side {
		case bench.Pattern, bench.Control, coalesceVariant:
			oneLoadPerExpiry(t, trial, 1)
		case staleVariant:
			oneLoadPerExpiry(t, trial, 2) // the copy may expire, too
		}
	}
}

// oneLoadPerExpiry holds the side's loads against the expiries that the server
// counted: the first load finds a key that was never there, and each of the
// side's keys can expire once more when nobody looks any more.
func oneLoadPerExpiry(t *testing.T, trial *bench.Trial, keys float64) {
	t.Helper()
	loads, expiries := bench.Count(trial, loadCount), bench.Counter("expired_keys")(trial.Evidence)
	if unnoticed := expiries - (loads - 1); expiries == 0 || unnoticed < 0 || unnoticed > keys {
		t.Errorf("%s: %v loads for %v expiries, want one each and one at the start", trial.Side, loads, expiries)
	}
}

// The size is one at which expiries come fast, so that half a second has some ten
// and the mean of their crowds is known well.
func TestAnExpiryCostsOneLoadWithTheLockAndThePredictedCrowdWithout(t *testing.T) {
	benchtest.Times(t)
	size := stampedeSize{rate: 1000, service: 5 * time.Millisecond, workers: 8, periods: 8}
	duel := benchtest.Fight(t, stampedeOf(size), func(s *bench.Settings) { s.Duration = 500 * time.Millisecond })
	if duel.Failed != "" {
		t.Fatal(duel.Failed)
	}
	for i := range duel.Trials {
		if trial := &duel.Trials[i]; trial.Side == bench.AntiPattern {
			crowdPerExpiry(t, trial, size.crowd(duel.RTTMeasured))
		} else {
			oneLoadPerExpiry(t, trial, 1)
		}
	}
}

// crowdPerExpiry compares the loads with the model. Beside the first load of a
// crowd, arrivals are Poisson: the mean of n crowds of size m has a standard
// deviation of √(m/n), and four of them are the tolerance. A host that stalls
// lengthens a load and brings requests in clumps, both of which only add: the
// upper bound, half the model more for small stalls, holds where the generator
// kept its schedule, as the engine counts no other trial.
func crowdPerExpiry(t *testing.T, trial *bench.Trial, model float64) {
	t.Helper()
	got := perExpiry(trial)
	tolerance := 4 * math.Sqrt(model/bench.Count(trial, wholeCrowdCount))
	below := got <= 1.5*model+tolerance || trial.Disturbed != ""
	if above := got >= model-tolerance; !above || !below { // NaN is neither
		t.Errorf("%.2f loads per expiry without the lock, want the model's %.2f ± %.2f", got, model, tolerance)
	}
}

func TestTheBackendGetsDoneWithACrowdBeforeTheNext(t *testing.T) {
	for _, rtt := range []time.Duration{0, time.Millisecond, 25 * time.Millisecond, 250 * time.Millisecond} {
		set := bench.Setting{RTT: rtt, Duration: 500 * time.Millisecond}
		for _, size := range append(sweptSizes(), stampedeMain) {
			s := size.at(rtt)
			work := s.crowd(rtt) * s.service.Seconds() / float64(s.workers)
			if share := work / (s.line(rtt) + s.service + s.ttl(rtt)).Seconds(); share > 0.9 {
				t.Errorf("at a round trip of %v the backend of %+v is busy for %.2f of the time", rtt, s, share)
			}
			if err := size.load(set).Validate(); err != nil {
				t.Errorf("at a round trip of %v: %v", rtt, err)
			}
		}
	}
}

func sweptSizes() (sizes []stampedeSize) {
	for _, v := range stampede().Sweeps[0].Values {
		sizes = append(sizes, sweptStampede(v))
	}
	return sizes
}

func TestACrowdIsAllThatBeganBeforeItsValueWasSeen(t *testing.T) {
	var c crowds
	at := func() time.Time { time.Sleep(time.Microsecond); return time.Now() } // later than all before
	seen := func(value string) {
		t.Helper()
		if _, err := c.hit(value); err != nil {
			t.Error(err)
		}
	}
	first := c.loaded(c.load(at())) // of a key that was never there
	seen(first)

	a, b := c.load(at()), c.load(at())
	late := at()
	seen(first) // served to one that read before the expiry
	second := c.loaded(a)
	seen(second)
	c.load(late) // missed before the value was there
	c.loaded(b)
	if c.begun != 2 || c.size != 3 {
		t.Errorf("crowd %d has %d loads, want the second to have 3", c.begun, c.size)
	}

	c.load(at())
	if c.begun != 3 || c.whole != 1 || c.wholeLoads != 3 {
		t.Errorf("%d crowds have begun, and of %d that count there are %d loads", c.begun, c.whole, c.wholeLoads)
	}
	for _, value := range []string{"", "page as of load 99", "page as of load 5", "page as of load 01"} {
		if _, err := c.hit(value); err == nil {
			t.Errorf("%q passed for an answer of the backend", value)
		}
	}
}
