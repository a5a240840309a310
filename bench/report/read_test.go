package report

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"redisduel/bench"
)

// small is a result of one duel and one trial of each side, quick to render.
func small() *bench.Result {
	r := fixture()
	r.Duels = r.Duels[1:2]
	r.Duels[0].Trials = r.Duels[0].Trials[:3]
	return r
}

func TestAFaultInResultsIsNamedWithItsPosition(t *testing.T) {
	good := string(render(t, small()).Get(resultsPath))
	for name, test := range map[string]struct{ in, want string }{
		"empty":            {"", "r.json ends too early, at byte 0 (line 1)"},
		"cut":              {good[:len(good)/2], "r.json ends too early, at byte"},
		"not JSON":         {"\n\n  PK\x03\x04", "r.json is corrupt at byte 4 (line 3, column 3)"},
		"two results":      {good + good, "is corrupt at byte"},
		"another program":  {`{"name": "x"}`, `it has no "schema"`},
		"newer":            {strings.Replace(good, `"schema": 1`, `"schema": 2, "novelty": []`, 1), "its schema 2 is newer than 1"},
		"older":            {strings.Replace(good, `"schema": 1`, `"schema": 0`, 1), "its schema is 0"},
		"unknown field":    {strings.Replace(good, `"claim"`, `"clam"`, 1), `unknown field "clam"`},
		"wrong type":       {strings.Replace(good, `"round": 1`, `"round": "one"`, 1), "is corrupt at byte"},
		"broken histogram": {strings.Replace(good, `"hdr": "H`, `"hdr": "!`, 1), "is corrupt at byte"},
		"lost operations":  {strings.Replace(good, `"intended": 2503`, `"intended": 2504`, 1), "trials[0]: load intended 2504 operations"},
		"path in a name":   {strings.Replace(good, `"scenario": "connection"`, `"scenario": "../x"`, 1), "scenario name"},
		"no side":          {strings.Replace(good, `"side": "pattern"`, `"side": ""`, 1), "it has no side"},
		"no histogram":     {regexp.MustCompile(`(?s)"lateness": \{.*?\}`).ReplaceAllString(good, `"lateness": null`), "trials[0]: load lacks a histogram"},
		"an array":         {"[]", "it holds a JSON array where something else belongs"},
		"too many trials":  {`{"schema":1,"duels":[{"trials":[` + strings.Repeat("{},", mostTrials) + `{}]}]}`, "10001 trials"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.in == good {
				t.Fatal("the fault was not made")
			}
			r, err := Read(strings.NewReader(test.in), "r.json")
			if err == nil || r != nil {
				t.Fatal("it was read")
			}
			if message := err.Error(); !strings.Contains(message, "r.json") || !strings.Contains(message, test.want) || strings.Contains(message, "\n") {
				t.Errorf("got %q, want a sentence with r.json and %q", message, test.want)
			}
		})
	}
}

// endless is a file that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	return len(p), nil // whatever is in p
}

func TestAHugeFileIsRefused(t *testing.T) {
	if _, err := atMost(1000, endless{}, "r.json"); err == nil || !strings.Contains(err.Error(), "r.json is longer than 1000 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatIsNotThereIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path, render(t, small()).Get(resultsPath), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	r := small()
	r.Duels[0].Trials = r.Duels[0].Trials[:2]
	files, err := Render(r)
	if err != nil {
		f.Fatal(err)
	}
	good := files.Get(resultsPath)
	f.Add(good)
	f.Add(good[:len(good)-40])
	f.Add([]byte(`{"schema":1,"duels":[{"scenario":"a","trials":[{"round":1,"side":"pattern","outcome":"ok","load":{}}]}]}`))
	f.Add([]byte(`{"schema":1,"duels":[{"scenario":"a","comparison":{"rounds":1,"effect":{"estimate":1e9}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			return
		}
		files, err := Render(r)
		if err != nil {
			t.Fatalf("it was read but cannot be rendered: %v", err)
		}
		for _, file := range files {
			if strings.HasSuffix(file.Path, ".md") {
				sane(t, file.Path, string(file.Data))
			}
		}
		if err := Summary(io.Discard, r, 80); err != nil {
			t.Error(err)
		}
	})
}

// FuzzCompare holds a result that may be anything against a good one, both ways,
// and against itself, from which it cannot have changed.
func FuzzCompare(f *testing.F) {
	good := small()
	good.Duels[0].Trials = good.Duels[0].Trials[:2]
	files, err := Render(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(files.Get(resultsPath), 0.05)
	f.Add([]byte(`{"schema":1,"duels":[{"scenario":"a","primary":{"name":"m"},"metrics":[{"name":"m"}],"trials":[{"round":1,"side":"pattern","outcome":"ok","values":{"m":null}}]}]}`), 0.0)
	f.Fuzz(func(t *testing.T, data []byte, threshold float64) {
		r, err := Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			return
		}
		options := bench.CompareOptions{Threshold: threshold, AllMetrics: true}
		for _, c := range []*bench.RunComparison{bench.CompareRuns(good, r, options), bench.CompareRuns(r, good, options)} {
			if err := CompareSummary(io.Discard, c, 80); err != nil {
				t.Error(err)
			}
		}
		if itself := bench.CompareRuns(r, r, options); len(itself.Differences) > 0 || len(itself.OnlyOne) > 0 {
			t.Errorf("it differs from itself: %+v", itself)
		}
	})
}
