package bench

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// A Scenario pairs a pattern with its anti-pattern and says how to compare
// them. Everything is declared before the first trial runs.
type Scenario struct {
	Name  string // as typed on the command line and used in file names
	Title string // "pattern ↔ anti-pattern", in words
	Claim string // the sentence that the numbers support or refute
	Twin  Twin   // the source that the report shows of the two sides

	Primary Metric   // decides the verdict
	Metrics []Metric // reported beside it
	Checks  []Check  // what the server's counters must show

	Topology Topology // what the duel is fought on; zero is any single server
	// On is the scenario on a cluster of somebody else's whose primaries own such
	// slots; it returns nil for one that it cannot do with. It is nil if the
	// scenario has no use for a cluster, or needs one of its own.
	On   func(primaries []SlotRanges) *Scenario
	Data Data // the keys that exist before the first trial
	// Writes names the keys that sides write besides Data, without the run's
	// prefix. They are removed before each trial and at the end. Nil if there
	// are none.
	Writes func(Setting) iter.Seq[string]
	// Before prepares the data for a trial of a side, after Writes are gone;
	// After looks at what the trial left, once the server's counters have been
	// read, and may add to its Counts. Both are nil if there is nothing to do.
	Before func(ctx context.Context, stage *Stage, side string) error
	After  func(ctx context.Context, stage *Stage, trial *Trial) error
	// Differs says why the sides do not leave the same data, if they do not.
	Differs string
	// StandsFor names the key that another one stands for, both without the
	// prefix, where a side keeps more than the other: a shard, a lock beside a
	// value. Nil if each key stands for itself.
	StandsFor func(key string) string

	// Load is what drives both sides. The engine fills in the seed, and the
	// setting's warm-up and duration unless the scenario names a duration.
	Load       func(Setting) load.Spec
	RoundTrips int // the most that one op of either side makes in sequence: sizes its deadline
	// Rounds is the most that it is worth, unless the user asks for a number; 0 if
	// it is worth as many as others. It is for trials that take long: where the
	// sides lie far apart, the rounds end early by themselves.
	Rounds    int
	RTT       *time.Duration // round trip of the emulated network whatever was asked for; nil is as asked for
	Bandwidth int64          // bytes/s of the emulated link to each server, each way; 0 is no limit
	Samples   []string       // numbers of INFO to follow during each trial, such as used_memory
	Bystander bool           // an innocent client watches from a process of its own
	Blocking  bool           // a side blocks the server for everybody: asks for consent on a server that is not ours
	Heavy     bool           // it writes as much as it can: asks for consent where a cluster that is not ours has replicas
	// Commands are those that the sides call on a server that is not ours, and
	// Before and After, as in an ACL rule ("zrange", "script|load"), scripts'
	// own calls included. Nil where the Topology asks for a server of its own and
	// On is nil.
	Commands []string
	// Connections is the most that a side has open at once, if that is more than
	// its workers.
	Connections int

	Pattern, AntiPattern Impl
	Variants             []Variant // honest third ways, measured beside the twins

	// Quick returns a smaller version of the scenario for a first look, of the
	// same name; nil if it is quick enough as it is. A first look leaves the
	// variants out in any case.
	Quick func() Scenario
	// Sweeps each vary one parameter to find where the sides break even, the one
	// that decides most first.
	Sweeps []Sweep

	// Predict does the arithmetic before the measurement.
	Predict func(Setting) []Prediction
	// Finding puts the primary metric into one short sentence in plain words,
	// with the numbers of both sides (Duel.Text): some 60 to 110 characters that
	// stay true whoever wins. It is called only when both sides have numbers.
	Finding func(*Duel) string
	// Also says what else was measured, each in a sentence: what the pattern
	// costs, where a third way does better, what the finding leaves out. Nil if
	// there is nothing to add. It is called when Finding is.
	Also func(*Duel) []string
}

// A Variant is a further side: neither the recommended way nor the mistake. It
// runs in the first rounds only. A check on it names its Name as the side; one
// that fails voids the variant and not the duel.
type Variant struct {
	Name  string // as reports show it, such as "MGET"
	About string // what it is and when it is the better choice, in a sentence
	Impl  Impl
	// Alone says what it would do that only the server's owner may, such as "its
	// writes drop the time to live of keys": on a server of others it is left
	// out. Empty if it does no such thing.
	Alone string
}

// variantRounds is the number of rounds in which variants run: enough for an
// interval, and the time goes to the twins.
const variantRounds = 3

// A Topology says what servers a duel needs.
type Topology struct {
	Nodes  int      // primaries of a cluster; 0 is a single server
	Config []string // directives of redis.conf for each server
	// Alone says that a side does to the server what only its owner may do, or
	// writes keys that do not expire: the duel is not fought on a server of
	// others. A cluster or a Config implies it.
	Alone bool
}

// OwnServer reports whether a server of somebody else's will not do.
func (t Topology) OwnServer() bool { return t.Nodes > 0 || len(t.Config) > 0 || t.Alone }

// String is the topology in a few words.
func (t Topology) String() string {
	text := "one server"
	if t.Nodes > 0 {
		text = fmt.Sprintf("cluster of %d", t.Nodes)
	}
	if len(t.Config) > 0 {
		text += " with " + strings.Join(t.Config, ", ")
	}
	return text
}

// An Impl prepares one side and returns its op. What it opens it hands to the
// Env, which closes it after the load.
type Impl func(ctx context.Context, env *Env) (load.Op, error)

// Setting is what a scenario may adapt its load and its predictions to, and the
// names of its keys.
type Setting struct {
	RTT      time.Duration `json:"rtt_ns"`      // of the emulated network; measured, once it is known
	Warmup   time.Duration `json:"warmup_ns"`   // of a trial
	Duration time.Duration `json:"duration_ns"` // measured phase of a trial
	Seed     uint64        `json:"seed"`
	Quick    bool          `json:"quick,omitempty"` // the scenario's Quick version
	Sweep    string        `json:"sweep,omitempty"` // the scenario at a value of its sweep of that name
	At       float64       `json:"at,omitempty"`    // that value
	TLS      bool          `json:"tls,omitempty"`   // each new connection makes a TLS handshake, of one round trip
	// Primaries are the slots of each node of somebody else's cluster; nil
	// elsewhere.
	Primaries []SlotRanges `json:"primaries,omitempty"`

	prefix string // for Writes alone
}

// Name puts the run's prefix before the name of a key, for Writes whose names
// depend on all of it, as those of shards do.
func (s *Setting) Name(name string) string { return s.prefix + ":" + name }

// Data describes keys that a scenario finds in place: Keys strings, the i'th
// of which is named Env.Key(i). A small set holds values of Size bytes, the
// i'th of which is Data.Value(i). A set of more than populateAbove keys without a
// Size is there for its number: on our own server its values are whatever the
// server makes up.
type Data struct {
	Keys int
	Size int // bytes of each value
}

// Value is what key i holds: i in decimal, padded with zeros to Size bytes.
func (d Data) Value(i int) string {
	number := strconv.Itoa(i)
	return strings.Repeat("0", max(0, d.Size-len(number))) + number
}

// A Check is a manipulation check: a number from the server's counters that
// must lie in a range on one side, in every trial, or the duel is void.
type Check struct {
	Name     string
	Side     string // Pattern (the control, too), AntiPattern or the name of a variant
	Of       func(*Trial) float64
	Min, Max float64 // inclusive and finite; a NaN fails
	// Timed says that the number depends on when things began, so that a trial
	// that the host disturbed proves nothing either way.
	Timed bool
}

// Of returns the check's result over trials of its side: the value furthest
// from the range, or, when all lie within, furthest from its middle.
func (c Check) over(trials []Trial) CheckResult {
	result := CheckResult{Name: c.Name, Side: c.Side, Min: c.Min, Max: c.Max, Got: nan}
	worst := math.Inf(-1)
	for i := range trials {
		got := c.Of(&trials[i])
		if distance := c.distance(got); distance > worst {
			worst, result.Got = distance, number(got)
		}
	}
	got := float64(result.Got)
	result.OK = got >= c.Min && got <= c.Max
	return result
}

// distance is how far got lies from the middle of the range, in half widths;
// above 1 is outside. NaN is infinitely far.
func (c Check) distance(got float64) float64 {
	if math.IsNaN(got) {
		return math.Inf(1)
	}
	half := max((c.Max-c.Min)/2, math.SmallestNonzeroFloat64)
	return math.Abs(got-(c.Min+c.Max)/2) / half
}

// version returns the scenario as a setting wants it.
func (s *Scenario) version(set Setting) *Scenario {
	if sweep := s.sweep(set.Sweep); sweep != nil {
		at := sweep.At(set.At)
		return &at
	}
	if on := s.on(set.Primaries); on != nil {
		if set.Quick {
			return on.twins()
		}
		return on
	}
	switch {
	case set.Quick && s.Quick != nil:
		quick := s.Quick()
		return quick.twins()
	case set.Quick:
		return s.twins()
	}
	return s
}

// on is the scenario on such a cluster; nil if there is none.
func (s *Scenario) on(primaries []SlotRanges) *Scenario {
	if len(primaries) == 0 || s.On == nil {
		return nil
	}
	return s.On(primaries)
}

// single is the scenario on a single server, of which it asks for nothing that only
// a cluster needs.
func (s *Scenario) single() *Scenario {
	alone := *s
	alone.On = nil
	return &alone
}

// twins is the scenario without its variants: a first look is at the pair.
func (s *Scenario) twins() *Scenario {
	t := *s
	t.Variants = nil
	t.Checks = slices.DeleteFunc(slices.Clone(s.Checks), func(c Check) bool { return c.Side != Pattern && c.Side != AntiPattern })
	return &t
}

// setting is what of the settings concerns the scenario.
func (s *Scenario) setting(asked Settings) Setting {
	set := asked.setting()
	if s.RTT != nil {
		set.RTT = *s.RTT
	}
	return set
}

// plan is how many rounds of it are to be fought.
func (s *Scenario) plan(asked Settings) stats.Plan {
	n := asked.Rounds
	if s.Rounds > 0 && (asked.Early || asked.Quick) {
		n = min(n, s.Rounds)
	}
	if asked.Early {
		return stats.Stopping(n)
	}
	return stats.Fixed(n)
}

// sides are those of round r, from 1.
func (s *Scenario) sides(r int) []string {
	sides := slices.Clone(arms)
	if r <= variantRounds {
		for _, v := range s.Variants {
			sides = append(sides, v.Name)
		}
	}
	return sides
}

// trials is the number of trials of the rounds after the given one, up to n.
func (s *Scenario) trials(after, n int) int {
	return (n-after)*len(arms) + (min(n, variantRounds)-min(after, variantRounds))*len(s.Variants)
}

// impl returns the side's implementation; the control is the pattern.
func (s *Scenario) impl(side string) (Impl, error) {
	switch side {
	case Pattern, Control:
		return s.Pattern, nil
	case AntiPattern:
		return s.AntiPattern, nil
	}
	for _, v := range s.Variants {
		if v.Name == side {
			return v.Impl, nil
		}
	}
	return nil, fmt.Errorf("scenario %s has no side %q", s.Name, side)
}

// metrics returns all metrics, the primary one first.
func (s *Scenario) metrics() []Metric { return append([]Metric{s.Primary}, s.Metrics...) }

// spec is the load of a trial under a setting.
func (s *Scenario) spec(set Setting) load.Spec {
	spec := s.Load(set)
	spec.Seed = set.Seed
	if spec.Duration == 0 {
		spec.Warmup, spec.Duration = set.Warmup, set.Duration
	}
	// In a closed loop an op that begins in the warm-up and outlasts it delays
	// the measured phase, or leaves nothing of it. Connections are warm anyway.
	if longest := set.RTT * time.Duration(s.RoundTrips); spec.Mode != load.Open && longest > spec.Warmup/2 {
		spec.Warmup = 0
	}
	if spec.Timeout == 0 {
		spec.Timeout = timeout(set.RTT, s.RoundTrips)
	}
	return spec
}

// timeout is the deadline of an op that makes n round trips in sequence: twice
// what the network takes, and five seconds for the server and the host.
func timeout(rtt time.Duration, n int) time.Duration {
	return 5*time.Second + 2*rtt*time.Duration(n)
}
