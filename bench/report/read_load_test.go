package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"redisduel/bench/generator"
	"redisduel/bench/latency"
	"redisduel/bench/load"
)

// smallLoad is what `redisduel load --json` printed for a share of a load.
func smallLoad(tb testing.TB) []byte {
	tb.Helper()
	times := latency.New()
	times.Record(3 * time.Millisecond)
	r := &generator.Result{
		Schema: generator.Schema, Version: "1.2.3", Parts: 1,
		Spec: generator.Spec{Command: []string{"GET", "{key}"}, Conns: 4, Pipeline: 1, Rate: 10, Arrivals: load.Poisson, Duration: time.Second, Keys: 5, Size: 8, Shares: 1},
		Load: &load.Result{Intended: 3, OK: 1, Failed: 1, NotStarted: 1, Attempts: 2, Errors: map[string]int64{"ERR": 1}, Elapsed: time.Second, Response: times, Service: times, Lateness: times},
	}
	r.Finish()
	text, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestALoadIsReadAsItWasPrinted(t *testing.T) {
	text := smallLoad(t)
	r, err := ReadLoad(bytes.NewReader(text), "small")
	if err != nil || r == nil {
		t.Fatalf("%v, %v", r, err)
	}
	if again, err := json.Marshal(r); err != nil || !bytes.Equal(again, text) {
		t.Errorf("read and printed again it is\n%s, want\n%s", again, text)
	}
}

func TestALoadThatCannotBeIsRefusedWithItsPlace(t *testing.T) {
	text := string(smallLoad(t))
	for _, tt := range []struct{ from, to, says string }{
		{`"intended":3`, `"intended":4`, "intended"},
		{`"intended":3`, `"intended":3,"unheard_of":1`, "corrupt at byte"},
		{text[strings.Index(text, `"load":{`):], `"nil_answers":0,"generator":{"cpu_ns":0,"wall_ns":0,"procs":0}}`, "no counts of a load"},
		{`"load_schema":1`, `"load_schema":2`, "load_schema is 2"},
		{`"command":["GET","{key}"]`, `"command":[]`, "no command"},
		{`"pipeline":1`, `"pipeline":0`, "--pipeline"},
		{`"count":1`, `"count":2`, "corrupt at byte"},
		{text[len(text)/2:], ``, "ends too early"},
		{text, ``, "ends too early, at byte 0"},
	} {
		if !strings.Contains(text, tt.from) {
			t.Errorf("there is no %s", tt.from)
		}
		if r, err := ReadLoad(strings.NewReader(strings.Replace(text, tt.from, tt.to, 1)), "f.json"); err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "f.json") {
			t.Errorf("%s for %s: %v, %v; want an error that names f.json and says %q", tt.to, tt.from, r, err, tt.says)
		}
	}
}

func TestWhatIsNoLoadIsLeftToOthers(t *testing.T) {
	for _, text := range []string{"[]", "7", `{"schema":1,"duels":[]}`} {
		if r, err := ReadLoad(strings.NewReader(text), "other"); r != nil || err != nil {
			t.Errorf("%q: %v, %v; want neither", text, r, err)
		}
	}
}

// FuzzReadLoad reads what may be anything: what is read can be shown, exported
// and merged.
func FuzzReadLoad(f *testing.F) {
	good := smallLoad(f)
	f.Add(good)
	f.Add(good[:len(good)-40])
	f.Add([]byte(`{"load_schema":1,"parts":1,"spec":{"command":["PING"],"conns":1,"pipeline":1,"keys":1,"size_bytes":1,"duration_ns":1000000},"load":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadLoad(bytes.NewReader(data), "fuzz")
		if err != nil || r == nil {
			return
		}
		if err := Load(io.Discard, r, 80); err != nil {
			t.Error(err)
		}
		if _, err := LoadLog(r); err != nil {
			t.Error(err)
		}
		if merged, err := generator.Merge(r); err == nil {
			if err := Load(io.Discard, merged, 80); err != nil || merged.Load.Conserved() != nil {
				t.Errorf("%v, %v", err, merged.Load.Conserved())
			}
		}
	})
}
