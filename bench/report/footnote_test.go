package report

import (
	"math"
	"strings"
	"testing"

	"redisduel/bench"
	"redisduel/bench/stats"
)

func TestADoubtAboutSeveralDuelsIsOneFootnote(t *testing.T) {
	tests := []struct {
		name        string
		texts, want []string
	}{
		{"a range", []string{"measured 1.16 ms, all of it.", "measured 1.07 ms, all of it.", "measured 1.11 ms, all of it."}, []string{"measured 1.07 to 1.16 ms, all of it."}},
		{"the same", []string{"rests on 3 rounds.", "rests on 3 rounds."}, []string{"rests on 3 rounds."}},
		{"two numbers", []string{"in 3 of 5 rounds", "in 2 of 8 rounds"}, []string{"in 2 to 3 of 5 to 8 rounds"}},
		{"a comma after the number", []string{"asked for 1, got 2", "asked for 4, got 2"}, []string{"asked for 1 to 4, got 2"}},
		{"groups of digits", []string{"took 10\u202f000 ops", "took 9000 ops"}, []string{"took 9000 to 10\u202f000 ops"}},
		{"other units", []string{"measured 1.1 ms", "measured 900 µs"}, []string{"measured 1.1 ms", "measured 900 µs"}},
		{"other words", []string{"scan is partial: 1", "range is partial: 1"}, []string{"scan is partial: 1", "range is partial: 1"}},
		{"no words", []string{"", "-", "12", "13"}, []string{"", "-", "12 to 13"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := new(doc)
			for _, text := range test.texts {
				d.alike([]string{text})
			}
			var got []string
			for _, f := range d.notes {
				got = append(got, f.merged())
			}
			if strings.Join(got, "|") != strings.Join(test.want, "|") {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheIndexSaysWhatTheHostCouldNotShow(t *testing.T) {
	const heading = "What this host could not show"
	r := fixture()
	if text := indexOf(t, r); strings.Contains(text, heading) {
		t.Error("everything was shown, but the section is there")
	}
	r.Duels[0].Comparisons[1].Comparison.Verdict = stats.NotDemonstrable
	r.Duels[0].Comparisons[1].Comparison.Why = "two <cores> are too few"
	r.Duels[1].Comparison.Verdict, r.Duels[1].Comparison.Why = stats.Saturated, "the anti-pattern does not sustain 500 ops/s"
	r.Duels[2].Comparison.Verdict, r.Duels[2].Failed = stats.Inconclusive, "a check failed"
	text := indexOf(t, r)
	_, text, _ = strings.Cut(text, heading)
	text, _, _ = strings.Cut(text, "## ")
	lineWith(t, text, "- [pipelining](pipelining.md): reads per command. Two &lt;cores&gt; are too few.")
	lineWith(t, text, "- [connection](connection.md): median response time. The anti-pattern does not sustain 500 ops/s.")
	if n := strings.Count(text, "\n- "); n != 2 {
		t.Errorf("%d duels are listed, want 2:\n%s", n, text)
	}
}

func TestMetricsWithoutAVerdictShareALine(t *testing.T) {
	r := fixture()
	for i := range r.Duels[0].Comparisons {
		r.Duels[0].Comparisons[i].Comparison.Verdict = "" // as good as inconclusive
		r.Duels[0].Comparisons[i].Comparison.Why = "the interval 1 to 2 is wide"
	}
	r.Duels[0].Comparison = r.Duels[0].Comparisons[0].Comparison
	if line := lineWith(t, indexOf(t, r), "- [pipelining]"); line != "- [pipelining](pipelining.md): job time, reads per command.\n" {
		t.Errorf("the index has %s", line)
	}
}

func TestAMetricOfAVariantAloneIsNothingThatTheHostCouldNotShow(t *testing.T) {
	r := fixture()
	r.Duels[0].Comparisons[1].Comparison.Verdict = stats.Inconclusive
	r.Duels[0].Comparisons[1].Sides = map[string]stats.Float{bench.Pattern: stats.Float(math.NaN()), "MGET": 1}
	if text := indexOf(t, r); strings.Contains(text, "Inconclusive") {
		t.Errorf("neither twin has reads per command, but the index says:\n%s", text)
	}
}

func TestTheIndexHasItsFootnotesBelowItsTable(t *testing.T) {
	text := indexOf(t, fixture())
	if note, next := strings.Index(text, "\n¹ "), strings.Index(text, "\n## "); note < 0 || note > next {
		t.Errorf("the index reads:\n%s", text)
	}
}
