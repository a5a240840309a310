package generator_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/generator"
)

// spec is a short load.
func spec(change func(*generator.Spec), command ...string) generator.Spec {
	s := generator.Spec{
		Command: command, Conns: 4, Pipeline: 1, Keys: 100, Size: 16,
		Warmup: 20 * time.Millisecond, Duration: 100 * time.Millisecond, Seed: 1,
	}
	if change != nil {
		change(&s)
	}
	return s
}

// open makes a server of the test's own ready.
func open(t *testing.T, s generator.Spec) *generator.Generator {
	t.Helper()
	g, err := generator.Open(t.Context(), s, func(_ context.Context, sc *bench.Scenario, _ bench.Setting) (*bench.Fixture, error) {
		fixture := *benchtest.Server(t, sc)
		fixture.Close = func() error { return nil } // it ends with the test, who may look at it until then
		return &fixture, nil
	}, "1a2b3c4d", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return g
}

func run(t *testing.T, s generator.Spec) *generator.Result {
	t.Helper()
	r, err := open(t, s).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	if err := r.Load.Conserved(); err != nil {
		t.Error(err)
	}
	return r
}

func TestEveryKindOfLoadIsCountedByTheServer(t *testing.T) {
	get := []string{"GET", "{key}"}
	for name, c := range map[string]struct {
		spec generator.Spec
		// reads of the server for each command
		least, most float64
	}{
		"one at a time":           {spec(nil, get...), 0.99, 1},
		"an open loop":            {spec(func(s *generator.Spec) { s.Rate = 2000 }, get...), 0.99, 1},
		"in pipelines":            {spec(func(s *generator.Spec) { s.Pipeline = 10 }, get...), 0.09, 0.11},
		"one connection":          {spec(func(s *generator.Spec) { s.Multiplex, s.Conns = true, 32 }, get...), 0.01, 0.9},
		"pipelines on one":        {spec(func(s *generator.Spec) { s.Multiplex, s.Pipeline = true, 10 }, get...), 0.001, 0.11},
		"through another network": {spec(func(s *generator.Spec) { s.RTT = time.Millisecond }, get...), 0.99, 1},
		"writes":                  {spec(nil, "SET", "{key}", "{value}"), 0.99, 1},
		"what the harness calls":  {spec(nil, "PING"), 0.99, 1},
	} {
		r := run(t, c.spec)
		command := strings.ToLower(c.spec.Command[0])
		sent := r.Load.Attempts * int64(c.spec.Pipeline)
		if r.Load.OK == 0 || r.Failures() > 0 || r.Nils > 0 {
			t.Errorf("%s: %d ok, %v, %d nil", name, r.Load.OK, r.Load.Errors, r.Nils)
		}
		if got := r.Evidence.Commands[command].Calls; got != sent {
			t.Errorf("%s: the server counted %d commands, %d were sent", name, got, sent)
		}
		if reads := float64(r.Summary.Reads); reads < c.least || reads > c.most {
			t.Errorf("%s: %.4f reads a command, want %v to %v", name, reads, c.least, c.most)
		}
	}
}

func TestAnAnswerThatIsNotWhatWasStoredIsWrong(t *testing.T) {
	var server *bench.Fixture
	g, err := generator.Open(t.Context(), spec(nil, "GET", "{key}"), func(_ context.Context, sc *bench.Scenario, _ bench.Setting) (*bench.Fixture, error) {
		fixture := *benchtest.Server(t, sc)
		fixture.Close = func() error { return nil }
		server = &fixture
		return server, nil
	}, "1a2b3c4d", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close(t.Context())
	client := benchtest.Connect(t, server.Target)
	for key, value := range map[string]string{"7": "another", "8": "0000000000000009"} {
		if err := client.Do(t.Context(), client.B().Set().Key("redisduel:1a2b3c4d:load:"+key).Value(value).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Do(t.Context(), client.B().Del().Key("redisduel:1a2b3c4d:load:9").Build()).Error(); err != nil {
		t.Fatal(err)
	}
	r, err := g.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Load.Errors["wrong answer"] == 0 || r.Nils == 0 || r.Load.OK == 0 {
		t.Errorf("errors %v, %d nil, %d ok, want some of each", r.Load.Errors, r.Nils, r.Load.OK)
	}
	if r.Finish(); !strings.Contains(strings.Join(r.Warnings, " "), "nil although their keys had been written") {
		t.Errorf("warnings %q, want one of the key that is gone", r.Warnings)
	}
}

func TestAnErrorOfTheServerIsCountedByItsClass(t *testing.T) {
	r := run(t, spec(nil, "LPUSH", "{key}", "x"))
	if r.Load.OK != 0 || r.Load.Errors["WRONGTYPE"] != r.Load.Failed || r.Load.Failed == 0 {
		t.Errorf("%d ok, %d failed, errors %v, want WRONGTYPE alone", r.Load.OK, r.Load.Failed, r.Load.Errors)
	}
	if !strings.Contains(strings.Join(r.Warnings, " "), "--no-seed") {
		t.Errorf("warnings %q, want one that names --no-seed", r.Warnings)
	}
	r = run(t, spec(func(s *generator.Spec) { s.Unseeded = true }, "LPUSH", "{key}", "x"))
	if r.Load.OK == 0 || r.Failures() != 0 {
		t.Errorf("without seeds: %d ok, errors %v", r.Load.OK, r.Load.Errors)
	}
}

func TestALoadThatIsInterruptedKeepsWhatItHas(t *testing.T) {
	g := open(t, spec(func(s *generator.Spec) { s.Duration = time.Minute }, "GET", "{key}"))
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	g.Progress = func(_ time.Duration, ops int64) {
		if ops > 100 {
			cancel(stop)
		}
	}
	r, err := g.Run(ctx)
	if !errors.Is(err, stop) || r == nil {
		t.Fatalf("%v, result %v, want both", err, r)
	}
	r.Finish()
	if err := r.Load.Conserved(); err != nil || r.Partial == "" || len(r.Warnings) == 0 {
		t.Errorf("%v, partial %q, warnings %q", err, r.Partial, r.Warnings)
	}
}

func TestTheSharesOfALoadMergeWithoutLoss(t *testing.T) {
	whole := spec(func(s *generator.Spec) { s.Rate, s.Conns = 1500, 6 }, "GET", "{key}")
	r := run(t, whole)
	var parts []*generator.Result
	for share := range 3 {
		part := whole
		part.Share, part.Shares = share, 3
		encoded, err := json.Marshal(run(t, part))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := generator.Decode(encoded)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, decoded)
	}
	merged, err := generator.Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	if merged.Load.Intended != r.Load.Intended {
		t.Errorf("the shares intended %d ops, want the whole's %d", merged.Load.Intended, r.Load.Intended)
	}
	counts, longest := int64(0), time.Duration(0)
	for _, p := range parts {
		counts += p.Load.Response.Count()
		longest = max(longest, p.Load.Response.Max())
	}
	if merged.Load.Response.Count() != counts || merged.Load.Response.Max() != longest || merged.Parts != 3 {
		t.Errorf("%d samples of at most %v in %d parts, want %d of at most %v in 3", merged.Load.Response.Count(), merged.Load.Response.Max(), merged.Parts, counts, longest)
	}
	if !reflect.DeepEqual(merged.Spec, whole) {
		t.Errorf("the merged spec is %+v, want that of the whole", merged.Spec)
	}
	for what, some := range map[string][]*generator.Result{
		"of 3 shares are there": parts[:2], "twice": {parts[0], parts[1], parts[1]}, "another load": {parts[0], parts[1], r},
	} {
		if _, err := generator.Merge(some...); !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAResultThatDoesNotAddUpIsRefused(t *testing.T) {
	encoded, err := json.Marshal(run(t, spec(nil, "PING")))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		strings.Replace(string(encoded), `"failed":0`, `"failed":1`, 1),
		strings.Replace(string(encoded), `"pipeline":1`, `"pipeline":0`, 1),
		strings.Replace(string(encoded), `"load_schema":1`, `"load_schema":2`, 1),
		`{"load_schema":1}`, `{`,
	} {
		if r, err := generator.Decode([]byte(text)); err == nil {
			t.Errorf("%.80s: decoded to %v", text, r)
		}
	}
	if r, err := generator.Decode([]byte(`{"schema":3}`)); r != nil || err != nil {
		t.Errorf("something else: %v, %v, want neither", r, err)
	}
}

// The context of an op cannot wake a read, and its deadline is five seconds away.
func TestALoadThatIsCancelledDoesNotWaitForAnswers(t *testing.T) {
	benchtest.Counts(t)
	for name, multiplex := range map[string]bool{"a connection for each": false, "multiplexed": true} {
		g := open(t, spec(func(s *generator.Spec) { s.Multiplex, s.Warmup, s.Duration = multiplex, 0, time.Minute }, "BLPOP", "{key}x", "0"))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		began := time.Now()
		r, err := g.Run(ctx)
		if took := time.Since(began); !errors.Is(err, context.Canceled) || r.Load.Unknown != 4 || took > 3*time.Second {
			t.Errorf("%s: %d ops unknown, %v after %v", name, r.Load.Unknown, err, took)
		}
	}
}
