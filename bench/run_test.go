package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/stats"
)

// afterReads does something when the load of a run's first trial has read so
// often that the server says so, and tells when it did.
func afterReads(t *testing.T, c *bench.Config, target bench.Target, n int64, do func()) <-chan time.Time {
	t.Helper()
	client := benchtest.Connect(t, target)
	did := make(chan time.Time, 1)
	var once sync.Once
	c.Progress = func(p bench.Progress) {
		if strings.HasPrefix(p.Phase, "round 1") {
			once.Do(func() {
				go func() { // ends with the test at the latest
					for before := readsOf(client); readsOf(client) < before+n && t.Context().Err() == nil; time.Sleep(time.Millisecond) {
					}
					did <- time.Now()
					do()
				}()
			})
		}
	}
	return did
}

// readsOf is how many GETs a server has run; 0 if it does not answer.
func readsOf(client rueidis.Client) (n int64) {
	text, _ := client.Do(context.Background(), client.B().Info().Section("commandstats").Build()).ToString()
	_, counts, _ := strings.Cut(text, "cmdstat_get:calls=")
	_, _ = fmt.Sscan(strings.SplitN(counts, ",", 2)[0], &n) // stays 0 if there is none
	return n
}

// quiet is how many of the first rounds count, of n: a trial that the host
// disturbed costs its round.
func quiet(d *bench.Duel, n int) int {
	disturbed := map[int]bool{}
	for _, trial := range d.Trials {
		if trial.Round <= n && trial.Disturbed != "" {
			disturbed[trial.Round] = true
		}
	}
	return n - len(disturbed)
}

// ratios are the least and the greatest of the rounds that count, by the trials' own
// figures: the anti-pattern's against both trials of the pattern.
func ratios(d *bench.Duel) (low, high float64) {
	low, high = math.Inf(1), 0
	for round := range len(d.Trials) {
		took := map[string]float64{}
		for _, trial := range d.Trials {
			if trial.Round == 1+round && trial.Disturbed == "" {
				took[trial.Side] = float64(trial.Values[d.Primary.Name])
			}
		}
		if len(took) == 3 {
			ratio := took[bench.AntiPattern] / math.Sqrt(took[bench.Pattern]*took[bench.Control])
			low, high = min(low, ratio), max(high, ratio)
		}
	}
	return low, high
}

func TestARunIsJudgedByItsRounds(t *testing.T) {
	c, _ := config(t, short(3, 200*time.Millisecond))
	result, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	duel := result.Duels[0]
	if got, want := len(duel.Trials), 9; got != want {
		t.Errorf("%d trials, want %d", got, want)
	}
	if duel.Failed != "" || result.Partial != "" {
		t.Errorf("failed: %q, partial: %q", duel.Failed, result.Partial)
	}
	if got, want := duel.Comparison.Rounds, quiet(&duel, 3); got != want {
		t.Errorf("%d complete rounds, want %d of 3", got, want)
	}
	low, high := ratios(&duel)
	if ratio := float64(duel.Comparison.Effect.Estimate); ratio < low*(1-1e-9) || ratio > high*(1+1e-9) {
		t.Errorf("reading twice took %.2f times as long, where the rounds say %.2f to %.2f", ratio, low, high)
	}
	for _, trial := range duel.Trials {
		if err := trial.Load.Conserved(); err != nil {
			t.Error(err)
		}
	}
}

func TestSwappedSidesFailTheDuel(t *testing.T) {
	benchtest.Counts(t)
	c, _ := config(t, short(1, 100*time.Millisecond))
	s := &c.Scenarios[0]
	c.Trial = nil // the processes of the test binary know only the scenario as it is
	s.Pattern, s.AntiPattern = s.AntiPattern, s.Pattern
	result, err := bench.Run(t.Context(), c)
	if !errors.Is(err, bench.ErrFailed) {
		t.Errorf("error %v, want one that says that the duel failed", err)
	}
	if got := result.Duels[0].Failed; !strings.Contains(got, "GET calls per op") {
		t.Errorf("failed because of %q, want the check of GET calls", got)
	}
	if got := result.Duels[0].Finding; got != "" {
		t.Errorf("a failed duel has the finding %q", got)
	}
}

func TestACrashCostsOneTrial(t *testing.T) {
	t.Setenv(panicAt, "20")
	c, _ := config(t, short(1, 200*time.Millisecond))
	result, err := bench.Run(t.Context(), c)
	if !errors.Is(err, bench.ErrFailed) {
		t.Errorf("error %v, want one that says that the duel failed", err)
	}
	for _, trial := range result.Duels[0].Trials {
		want := bench.Completed
		if trial.Side == bench.AntiPattern {
			want = bench.Crashed
			if !strings.Contains(trial.Why, "asked to by a test") {
				t.Errorf("the crash says %q, want the panic's message", trial.Why)
			}
		}
		if trial.Outcome != want {
			t.Errorf("the %s ended %s (%s), want %s", trial.Side, trial.Outcome, trial.Why, want)
		}
	}
}

func TestTheServersDeathEndsTheRunAndKeepsWhatWasMeasured(t *testing.T) {
	server := benchtest.Redis(t)
	target := bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()}
	client := benchtest.Connect(t, target)
	c, _ := config(t, short(5, 2*time.Second))
	c.Servers = func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) {
		return &bench.Fixture{Target: target, Nodes: []bench.Target{target}, Own: true,
			Died: server.Done(), Cause: server.Err, Close: server.Close}, nil
	}
	before, atDeath := make(chan int64, 1), make(chan int64, 1) // GETs answered
	var witness sync.WaitGroup
	var pause time.Duration
	killed := afterReads(t, &c, target, 200, func() {
		atDeath <- readsOf(client)
		_ = syscall.Kill(server.PID(), syscall.SIGKILL)
	})
	tell, begin := c.Progress, sync.OnceFunc(func() {
		before <- readsOf(client)
		witness.Go(func() { pause = pauses(t, time.Now().Add(2*time.Second)) })
	})
	c.Progress = func(p bench.Progress) {
		if strings.HasPrefix(p.Phase, "round 1") {
			begin()
		}
		tell(p)
	}
	result, err := bench.Run(t.Context(), c)
	ended := time.Now()
	witness.Wait()
	if !errors.Is(err, bench.ErrFailed) || !strings.Contains(err.Error(), "died") {
		t.Errorf("error %v, want one that says that the server died", err)
	}
	if late := ended.Sub(<-killed); late > time.Second+pause {
		t.Errorf("the run went on for %v after the server's death, want a second at most; the host stood still for %v", late, pause)
	}
	if result.Partial == "" {
		t.Error("the result does not say that it is partial")
	}
	trial := result.Duels[0].Trials[0]
	if trial.Load == nil {
		t.Fatal("the samples before the death are lost")
	}
	const warmup = 10 // in 50 ms at 200 ops a second
	answered := <-atDeath - <-before - warmup
	if got := trial.Load.OK; answered < 50 || got < answered*95/100 {
		t.Errorf("%d ops kept of %d that were answered before the death, want 95 %% at least", got, answered)
	}
	if err := trial.Load.Conserved(); err != nil {
		t.Error(err)
	}
}

func TestCancellingARunStopsItSoonAndKeepsThePartialTrial(t *testing.T) {
	c, fixture := config(t, short(5, 5*time.Second))
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the user had enough")
	cancelled := afterReads(t, &c, fixture.Target, 50, func() { cancel(stop) })
	result, err := bench.Run(ctx, c)
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want the cause", err)
	}
	if late := time.Since(<-cancelled); late > 2*time.Second {
		t.Errorf("the run went on for %v", late)
	}
	if result.Partial != stop.Error() {
		t.Errorf("partial because %q, want the cause", result.Partial)
	}
	trial := result.Duels[0].Trials[0]
	if trial.Outcome != bench.Errored || trial.Load == nil || trial.Load.OK == 0 {
		t.Errorf("the trial that was cut short is %s with load %+v, want what it had", trial.Outcome, trial.Load)
	}
}

func TestAJournalRebuildsARunThatWasKilled(t *testing.T) {
	benchtest.Counts(t)
	c, _ := config(t, short(3, 100*time.Millisecond))
	var lines bytes.Buffer
	c.Journal = bench.NewJournal(&lines)
	whole, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	cut := lines.Bytes()[:lines.Len()-10] // as if killed in the middle of the last line
	rebuilt, err := bench.ReadJournal(bytes.NewReader(cut), c.Scenarios)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(rebuilt.Duels[0].Trials), len(whole.Duels[0].Trials)-1; got != want {
		t.Errorf("%d trials, want %d: all but the last", got, want)
	}
	if rebuilt.Partial == "" {
		t.Error("the rebuilt result does not say that it is partial")
	}
	if rebuilt.RunID != whole.RunID {
		t.Error("the rebuilt result is of another run")
	}
	if got, want := rebuilt.Duels[0].Comparison.Rounds, quiet(&whole.Duels[0], 2); got != want {
		t.Errorf("judged by %d rounds, want %d of the 2 complete ones", got, want)
	}
}

func TestAJournalThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{"", "hello", "{}", `{"trial":{}}`, `{"duel":{}}`} {
		if _, err := bench.ReadJournal(strings.NewReader(text), nil); !errors.Is(err, bench.ErrJournal) {
			t.Errorf("%q: error %v, want one about the journal", text, err)
		}
	}
}

func TestJudgingTwiceChangesNothing(t *testing.T) {
	benchtest.Counts(t)
	c, _ := config(t, short(3, 100*time.Millisecond))
	result, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	once, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	bench.Judge(&result.Duels[0], &c.Scenarios[0], result.Host)
	twice, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once, twice) {
		t.Error("the second judgement differs from the first")
	}
}

func TestAUsersServerThatHoldsDataIsRefusedUnlessTheyConsent(t *testing.T) {
	s := echo()
	own := benchtest.Server(t, &s)
	// The benchtest server counts as a stranger's here: it holds one key.
	arena, err := bench.NewArena(t.Context(), &s, own, short(1, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Close()
	_, err = bench.UserServer(own.Target, bench.Consent{}, nil)(t.Context(), &s, bench.Setting{})
	if !errors.Is(err, bench.ErrRefused) || !strings.Contains(err.Error(), "--allow-data") {
		t.Errorf("error %v, want a refusal that names the way out", err)
	}
	if _, err := bench.UserServer(own.Target, bench.Consent{Data: true}, nil)(t.Context(), &s, bench.Setting{}); err != nil {
		t.Errorf("refused in spite of consent: %v", err)
	}
	s.Blocking = true
	if _, err := bench.UserServer(own.Target, bench.Consent{Data: true}, nil)(t.Context(), &s, bench.Setting{}); !errors.Is(err, bench.ErrRefused) {
		t.Errorf("error %v, want a refusal of a scenario that blocks the server", err)
	}
}

func TestNothingIsLeftOnAUsersServer(t *testing.T) {
	benchtest.Counts(t)
	s := echo()
	fixture := benchtest.Server(t, &s)
	stranger := *fixture
	stranger.Own, stranger.Close = false, func() error { return nil }
	c := bench.Config{
		Scenarios: []bench.Scenario{s}, Settings: short(1, 100*time.Millisecond),
		Servers: func(context.Context, *bench.Scenario, bench.Setting) (*bench.Fixture, error) { return &stranger, nil },
	}
	if _, err := bench.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.UserServer(fixture.Target, bench.Consent{}, nil)(t.Context(), &s, bench.Setting{}); err != nil {
		t.Errorf("the server is not empty after the run: %v", err)
	}
}

func TestAFailedDuelGivesNoVerdict(t *testing.T) {
	d := &bench.Duel{}
	s := echo()
	bench.Judge(d, &s, bench.Host{})
	if d.Failed == "" || d.Finding != "" {
		t.Errorf("without trials: failed %q, finding %q", d.Failed, d.Finding)
	}
	if d.Comparison.Verdict != stats.Inconclusive {
		t.Errorf("without trials: verdict %q, want %q", d.Comparison.Verdict, stats.Inconclusive)
	}
}

// A stopwatch is a journal that does something when it has been told of so many
// trials.
type stopwatch struct {
	bench.Journal
	left int
	do   func()
}

func (s *stopwatch) Trial(d *bench.Duel, t *bench.Trial) error {
	if s.left--; s.left == 0 {
		s.do()
	}
	return s.Journal.Trial(d, t)
}

func TestARunThatIsInterruptedAfterItsLastTrialMissesNone(t *testing.T) {
	for trials, want := range map[int]struct {
		partial string
		trials  int
	}{2: {"interrupted by a test", 2}, 3: {"", 3}} {
		set := short(1, 50*time.Millisecond)
		set.Quick = true // no calibration
		c, _ := config(t, set)
		ctx, cancel := context.WithCancelCause(t.Context())
		c.Journal = &stopwatch{bench.NewJournal(io.Discard), trials, func() { cancel(errors.New("interrupted by a test")) }}
		result, err := bench.Run(ctx, c)
		if got := result.Duels[0]; result.Partial != want.partial || got.Partial != want.partial || len(got.Trials) != want.trials || (err == nil) != (want.partial == "") {
			t.Errorf("after %d of 3 trials: partial because of %q and %q (%v), %d trials", trials, result.Partial, got.Partial, err, len(got.Trials))
		}
	}
}
