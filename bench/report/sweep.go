package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// The files of a sweep, relative to the report's directory.
const sweepDir = "sweeps"

func sweepPage(scenario string) string    { return sweepDir + "/" + scenario + ".md" }
func sweepResults(scenario string) string { return sweepDir + "/" + scenario + ".json" }
func sweepChart(scenario string) string   { return "charts/" + scenario + "-sweep.png" }

// RenderSweep makes the files of a sweep: its results, its chart and a page.
func RenderSweep(s *bench.SweepResult) (Files, error) {
	if err := validSweep(s); err != nil {
		return nil, fmt.Errorf("report: the sweep cannot be rendered: %w", err)
	}
	encoded, err := encode(s)
	if err != nil {
		return nil, err
	}
	files := Files{{sweepResults(s.Scenario), encoded}}
	picture, err := drawSweep(s)
	if err != nil {
		return nil, err
	}
	if picture != nil {
		files = append(files, File{sweepChart(s.Scenario), picture})
	}
	page, err := sweepText(s, picture != nil)
	if err != nil {
		return nil, err
	}
	return append(files, File{sweepPage(s.Scenario), page}), nil
}

// ReadSweeps reads the sweeps that earlier commands left in a report's
// directory, ordered by name. A directory without any is no error.
func ReadSweeps(dir string) (sweeps []bench.SweepResult, err error) {
	names, err := filepath.Glob(filepath.Join(dir, sweepDir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("report: look for sweeps in %s: %w", plain(dir), err)
	}
	slices.Sort(names)
	for _, name := range names {
		s, err := readSweep(name)
		if err != nil {
			return nil, err
		}
		sweeps = append(sweeps, *s)
	}
	return sweeps, nil
}

func readSweep(name string) (*bench.SweepResult, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("report: cannot open the sweep: %w", err)
	}
	defer f.Close() // read only: nothing to lose
	data, err := atMost(largest, f, name)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, new(outline)); err != nil { // which says where, when the text is cut
		return nil, locate(name, data, err)
	}
	s := new(bench.SweepResult)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, locate(name, data, err)
	}
	if err := validSweep(s); err != nil {
		return nil, fmt.Errorf("report: %s cannot be used: %w", plain(name), err)
	}
	return s, nil
}

// mostPoints bounds what a page and a chart take.
const mostPoints = 1000

func validSweep(s *bench.SweepResult) error {
	switch {
	case s.Schema != bench.Schema:
		return fmt.Errorf("its schema is %d and this redisduel reads %d; sweep again", s.Schema, bench.Schema)
	case !scenarioName.MatchString(s.Scenario) || s.Scenario == reserved:
		return fmt.Errorf("it has the scenario name %.80q, which is not a file name", plain(s.Scenario))
	case len(s.Points) > mostPoints:
		return fmt.Errorf("it has %d points; more than %d are not read", len(s.Points), mostPoints)
	}
	for i, p := range s.Points {
		if !(p.Value > 0) || math.IsInf(p.Value, 0) {
			return fmt.Errorf("points[%d] has the value %v; it must be above 0", i, p.Value)
		}
	}
	return nil
}

// sweepText is the sweep's page.
func sweepText(s *bench.SweepResult, picture bool) ([]byte, error) {
	d := new(doc)
	d.heading(1, escape(strings.TrimSuffix(breakEven(s), ".")))
	d.para("*%s* · scenario [%s](../%s.md) · the sweep varies %s", escape(s.Title), s.Scenario, s.Scenario, escape(s.Parameter))
	if s.Partial != "" {
		d.para("> **Partial sweep.** %s", sentence(s.Partial))
	}
	if picture {
		d.para("![%s](../%s)", escape(breakEven(s)), sweepChart(s.Scenario))
	}
	d.para("%s of each side at each value: the median over %s, beside the model. The ratio says how many times worse the anti-pattern is.",
		upper(escape(s.Primary.Name)), counted(s.Settings.Rounds, "round"))
	d.table("r", []string{escape(s.Parameter), "pattern", "predicted", "anti-pattern", "predicted", "worse by (95 % interval)", "predicted", "verdict"},
		rowsOf(s.Points, func(p bench.SweepPoint) []string { return sweepRow(d, s, &p) }))
	d.para("The model: %s.", escape(strings.TrimSuffix(s.Formula, ".")))
	breakEvens(d, s)
	d.list([]string{
		"**On:** " + escape(server(&s.Server)) + "; round trip " + escape(quantity.Asked(s.Settings.RTT)) + " asked for",
		"**With:** redisduel " + orUnknown(s.Version) + ", " + escape(host(&s.Host)) + ", " + date(s.Started),
	})
	d.code(commandLine(s.Args))
	return d.bytes()
}

func sweepRow(d *doc, s *bench.SweepResult, p *bench.SweepPoint) []string {
	unit := s.Primary.Unit
	at := escape(sweptValue(s, p.Value))
	if p.Failed != "" {
		n := quantity.Missing
		return []string{at, n, n, n, n, n, n, "no result" + d.note(p.Failed)}
	}
	return []string{
		at,
		escape(withUnit(float64(p.Measured.Pattern), unit)), escape(withUnit(float64(p.Predicted.Pattern), unit)),
		escape(withUnit(float64(p.Measured.AntiPattern), unit)), escape(withUnit(float64(p.Predicted.AntiPattern), unit)),
		escape(effect(&p.Comparison, unit)), escape(predictedEffect(s, p)), escape(verdict(&p.Comparison)),
	}
}

func predictedEffect(s *bench.SweepResult, p *bench.SweepPoint) string {
	e := s.Effect(p.Predicted, p.Comparison.Scale)
	if p.Comparison.Scale == stats.Difference {
		return quantity.Signed(e, plain(s.Primary.Unit))
	}
	return quantity.Ratio(e)
}

// breakEvens writes where the sides break even.
func breakEvens(d *doc, s *bench.SweepResult) {
	if len(s.Crossings) == 0 {
		return
	}
	d.table("rrr", []string{"break-even at", "95 % interval", "the model says", ""}, rowsOf(s.Crossings, func(c bench.Crossing) []string {
		model := quantity.Missing
		if quantity.Finite(float64(c.Predicted)) {
			model = crossed(s, c.Predicted)
		}
		direction := "the anti-pattern is the better choice above"
		if c.Rising {
			direction = "the anti-pattern is the better choice below"
		}
		if !neutral(s) {
			direction = "from here on the anti-pattern is less than " + level(s)
			if c.Rising {
				direction = "from here on the anti-pattern is more than " + level(s)
			}
		}
		return []string{crossed(s, c.At), crossed(s, c.Low) + " to " + crossed(s, c.High), escape(model), escape(direction)}
	}))
}

// figure writes a value that was interpolated: two significant figures.
func figure(v float64) string {
	if !quantity.Finite(v) {
		return quantity.Missing
	}
	short := strconv.FormatFloat(v, 'g', 2, 64)
	if rounded, err := strconv.ParseFloat(short, 64); err == nil && rounded >= 10 {
		return quantity.Number(rounded)
	}
	return short
}

// SweepSummary writes a sweep's points and its finding for a terminal.
func SweepSummary(w io.Writer, s *bench.SweepResult, width int) error {
	rows := [][]string{{plain(s.Parameter), "pattern", "anti-pattern", "ratio (95 % interval)", "model"}}
	for i := range s.Points {
		p := &s.Points[i]
		if p.Failed != "" {
			rows = append(rows, []string{sweptValue(s, p.Value), "–", "–", "no result: " + plain(p.Failed), "–"})
			continue
		}
		rows = append(rows, []string{
			sweptValue(s, p.Value), withUnit(float64(p.Measured.Pattern), s.Primary.Unit),
			withUnit(float64(p.Measured.AntiPattern), s.Primary.Unit), effect(&p.Comparison, s.Primary.Unit), predictedEffect(s, p),
		})
	}
	width = columns(width)
	if err := grids(w, fitted(rows, width)); err != nil {
		return fmt.Errorf("report: write the sweep: %w", err)
	}
	if err := paragraph(w, breakEven(s), width); err != nil {
		return fmt.Errorf("report: write the sweep: %w", err)
	}
	return nil
}
