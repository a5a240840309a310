package report

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"time"

	"redisduel/bench/peers"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// The files of Peers.
const (
	peersPath   = "peers.md"
	peersJSON   = "peers.json"
	targetsPath = "charts/peers-targets.png"
	growthPath  = "charts/peers-growth.png"
)

// Peers makes the page that holds redisduel against other programs, its charts,
// and the JSON from which they can be made again.
func Peers(r *peers.Result) (Files, error) {
	encoded, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("report: encode the comparison with other programs: %w", err)
	}
	files := Files{{peersJSON, append(encoded, '\n')}}
	for _, chart := range []struct {
		path string
		draw func(*peers.Result) ([]byte, error)
	}{{targetsPath, drawTargets}, {growthPath, drawGrowth}} {
		picture, err := chart.draw(r)
		if err != nil {
			return nil, err
		}
		if picture != nil {
			files = append(files, File{chart.path, picture})
		}
	}
	page, err := peersPage(r, files)
	if err != nil {
		return nil, err
	}
	return append(files, File{peersPath, page}), nil
}

func peersPage(r *peers.Result, charts Files) ([]byte, error) {
	d := new(doc)
	d.heading(1, "redisduel against its peers")
	if r.Quick {
		d.para("**This is a quick run, which tests the steps. Its numbers mean nothing.**")
	}
	peersTargets(d, r, charts.Get(targetsPath) != nil)
	d.para("In each round every way ran once, in an order that turned round with each round. A value is the median over rounds. An effect is the mean over rounds with its 95 %% interval (Student's t): the geometric mean of ratios, or the mean of differences. A target is *met* if the whole interval lies within it, *missed* if the whole lies outside, and else *undecided*. Ratios hold longer than times: on another day the same machine may be a third faster or slower, and all ways with it.")
	for i := range r.Sections {
		peersSection(d, &r.Sections[i])
	}
	peersGrowth(d, r, charts.Get(growthPath) != nil)
	peersPrograms(d, r)
	return d.bytes()
}

func peersSection(d *doc, s *peers.Section) {
	d.heading(2, escape(s.Title))
	for _, text := range s.About {
		d.para("%s", text)
	}
	var rows [][]string
	var notes []string
	for i := range s.Measures {
		m := &s.Measures[i]
		rows = append(rows, measureRows(m)...)
		if m.Note != "" {
			notes = append(notes, sentence(m.Note))
		}
	}
	d.table("ll", []string{"", "compared with", "value", "effect", "target", "verdict"}, rows)
	d.list(notes)
	d.para("To reproduce: `%s`.", s.Reproduce)
}

// measureRows are a row with what was measured, and below it one for each way and
// what that is compared with.
func measureRows(m *peers.Measure) (rows [][]string) {
	title, unit := "**"+whole(escape(m.What))+"**", m.Unit
	if unit != "" && unit != "ns" && unit != "B" {
		title, unit = title+", "+escape(unit), "" // not in every row
	}
	rows = append(rows, []string{title, "", "", "", "", ""})
	for i := range m.Ways {
		name := m.Ways[i].Name
		way, value := whole(escape(name)), unbroken(quantity.Format(m.Median(name), unit))
		for _, held := range comparisonCells(m, name) {
			rows = append(rows, []string{way, held[0], value, held[1], held[2], held[3]})
			way, value = "", ""
		}
	}
	return rows
}

// comparisonCells are against what, effect, target and verdict of each comparison
// of a way; all empty if there is none.
func comparisonCells(m *peers.Measure, way string) (cells [][4]string) {
	for _, c := range m.Comparisons {
		if c.Of == way {
			effect := m.Effect(c)
			cells = append(cells, [4]string{
				whole(heldAgainst(c, m.Unit)), unbroken(escape(peersEffect(effect, c, m.Unit))), unbroken(targetOf(c, m.Unit)), marked(c.Judge(effect)),
			})
		}
	}
	if cells == nil {
		cells = make([][4]string, 1)
	}
	return cells
}

// marked makes what is not as it should be stand out.
func marked(v peers.Verdict) string {
	if v == peers.Missed {
		return "**" + string(v) + "**"
	}
	return string(v)
}

// inseparable are a number and its unit, or an option and its number.
var inseparable = regexp.MustCompile(`(\d) (ns|µs|ms|s)\b|(-\w+) (\d)`)

// whole keeps them on one line.
func whole(text string) string { return inseparable.ReplaceAllString(text, "$1$3\u00a0$2$4") }

// heldAgainst names what a way is compared with.
func heldAgainst(c peers.Comparison, unit string) string {
	if c.Less == 0 {
		return escape(c.Against)
	}
	return escape(c.Against) + " + " + asked(c.Less, unit)
}

// asked is a number that somebody chose.
func asked(v float64, unit string) string { return tickText(v, unit) }

// peersEffect is the estimate with its interval, which one round does not have.
func peersEffect(e stats.Interval, c peers.Comparison, unit string) string {
	low, high, first, end := float64(e.Low), float64(e.High), quantity.Signed, quantity.Signed
	switch {
	case c.Scale == stats.Ratio:
		first = func(v float64, _ string) string { return quantity.Ratio(v) }
		end = func(v float64, _ string) string { return quantity.Times(v) }
	case c.Against == "": // the value itself
		first, end = quantity.Format, quantity.Format
	}
	text := first(float64(e.Estimate), unit)
	if !quantity.Finite(low) || low == high {
		return text
	}
	return text + " (" + end(low, unit) + " to " + end(high, unit) + ")"
}

// targetOf is the bounds in words.
func targetOf(c peers.Comparison, unit string) string {
	show := func(v *float64) string {
		if c.Scale == stats.Ratio {
			return quantity.Ratio(*v)
		}
		return asked(*v, unit)
	}
	switch {
	case c.Min == nil && c.Max == nil:
		return ""
	case c.Min == nil:
		return "≤ " + show(c.Max)
	case c.Max == nil:
		return "≥ " + show(c.Min)
	case c.Scale == stats.Difference && math.Abs(*c.Min+*c.Max) < 1e-9:
		return "± " + show(c.Max)
	}
	return show(c.Min) + " to " + show(c.Max)
}

// peersPrograms says who took part, and where.
func peersPrograms(d *doc, r *peers.Result) {
	d.heading(2, "Environment")
	rows := [][]string{
		{"host", escape(host(&r.Host))},
		{"clock", escape(r.Host.Clock)},
		{"started", date(r.Started) + ", took " + r.Elapsed.Round(time.Second).String()},
	}
	for _, p := range r.Programs {
		version := p.Version
		if p.Absent != "" {
			version = p.Absent + ": not measured"
		}
		rows = append(rows, []string{escape(p.Name), escape(version)})
	}
	d.table("ll", []string{"what", "value"}, rows)
	d.para("What every round gave is in [%s](%s); `go run ./bench/cmd/peers --from reports/%s` writes this page from it again.", peersJSON, peersJSON, peersJSON)
}
