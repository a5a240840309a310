package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// The files of a sweep, relative to the report's directory.
const sweepDir = "sweeps"

// SweepPage is the path of a sweep's page in a report's directory.
func SweepPage(s *bench.SweepResult) string { return sweepDir + "/" + sweepStem(s) + ".md" }

func sweepResults(s *bench.SweepResult) string { return sweepDir + "/" + sweepStem(s) + ".json" }
func sweepChart(s *bench.SweepResult) string   { return "charts/" + sweepStem(s) + "-sweep.png" }

// sweepStem is what the names of a sweep's files begin with.
func sweepStem(s *bench.SweepResult) string {
	if s.Sweep == "" { // of when a scenario had one at most
		return s.Scenario
	}
	return s.Scenario + "-" + s.Sweep
}

// RenderSweep makes the files of a sweep: its results, its chart and a page.
func RenderSweep(s *bench.SweepResult) (Files, error) {
	if err := validSweep(s); err != nil {
		return nil, fmt.Errorf("report: the sweep cannot be rendered: %w", err)
	}
	encoded, err := encode(s)
	if err != nil {
		return nil, err
	}
	files := Files{{sweepResults(s), encoded}}
	picture, err := drawSweep(s)
	if err != nil {
		return nil, err
	}
	if picture != nil {
		files = append(files, File{sweepChart(s), picture})
	}
	page, err := sweepText(s, picture != nil)
	if err != nil {
		return nil, err
	}
	return append(files, File{SweepPage(s), page}), nil
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

// A sweep's name follows the scenario's and a hyphen in the names of its files,
// so that no two sweeps share one.
var sweepName = regexp.MustCompile(`^[a-z0-9]{1,32}$`)

// mostPoints bounds what a page and a chart take.
const mostPoints = 1000

func validSweep(s *bench.SweepResult) error {
	switch {
	case s.Schema != bench.Schema:
		return fmt.Errorf("its schema is %d and this redisduel reads %d; sweep again", s.Schema, bench.Schema)
	case !scenarioName.MatchString(s.Scenario) || s.Scenario == reserved:
		return fmt.Errorf("it has the scenario name %.80q, which is not a file name", plain(s.Scenario))
	case s.Sweep != "" && !sweepName.MatchString(s.Sweep):
		return fmt.Errorf("it has the name %.80q, which is not of small letters and digits", plain(s.Sweep))
	case len(s.Points) > mostPoints:
		return fmt.Errorf("it has %d points; more than %d are not read", len(s.Points), mostPoints)
	}
	for i, p := range s.Points {
		if v := p.Value; !(v > 0 || v == 0 && s.Linear) || math.IsInf(v, 0) {
			return fmt.Errorf("points[%d] has the value %v; it must be above 0, or on a linear axis 0", i, v)
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
		d.para("![%s](../%s)", escape(breakEven(s)), sweepChart(s))
	}
	sweepTable(d, s)
	breakEvens(d, s)
	d.list([]string{
		"**On:** " + escape(server(&s.Server)) + "; " + escape(sweptTrips(s)) + ", as measured",
		"**With:** redisduel " + orUnknown(s.Version) + ", " + escape(host(&s.Host)) + ", " + date(s.Started),
	})
	d.code(commandLine(s.Args))
	return d.bytes()
}

// sweepTable shows what each side had at each value, and what the model says.
func sweepTable(d *doc, s *bench.SweepResult) {
	header := []string{escape(s.Parameter), "pattern", "predicted", "anti-pattern", "predicted", "worse by (95 % interval)", "predicted", "verdict"}
	rows := rowsOf(s.Points, func(p bench.SweepPoint) []string { return sweepRow(d, s, &p) })
	beside, model := ", beside the model", "The model"
	if !modelled(s) {
		beside, model = "", "There is no model"
		header = withoutModel(header)
		for i := range rows {
			rows[i] = withoutModel(rows[i])
		}
	}
	d.para("%s of each side at each value: the median over %s%s. The effect says how many times, or by how much, the anti-pattern is worse.",
		upper(escape(s.Primary.Name)), counted(s.Settings.Rounds, "round"), beside)
	d.table("r", header, rows)
	d.para("%s: %s.", model, escape(strings.TrimSuffix(s.Formula, ".")))
}

// modelled reports whether a model says something at any point.
func modelled(s *bench.SweepResult) bool {
	return slices.ContainsFunc(s.Points, func(p bench.SweepPoint) bool {
		return quantity.Finite(float64(p.Predicted.Pattern)) || quantity.Finite(float64(p.Predicted.AntiPattern))
	})
}

// withoutModel drops the columns of what was predicted.
func withoutModel(row []string) []string { return []string{row[0], row[1], row[3], row[5], row[7]} }

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
		escape(effect(&p.Comparison, unit)), escape(predictedEffect(s, p)), escape(verdict(&p.Comparison)) + unsaid(d, p),
	}
}

// unsaid is a footnote on why there is no effect, if there is none.
func unsaid(d *doc, p *bench.SweepPoint) string {
	if hasEffect(&p.Comparison) {
		return ""
	}
	return d.note(p.Comparison.Why)
}

func predictedEffect(s *bench.SweepResult, p *bench.SweepPoint) string {
	e := s.Effect(p.Predicted, p.Comparison.Scale)
	if p.Comparison.Scale == stats.Difference {
		return quantity.Signed(e, plain(s.Primary.Unit))
	}
	return quantity.Ratio(e)
}

// sweptTrips is the round trip as measured at the points.
func sweptTrips(s *bench.SweepResult) string {
	var all []time.Duration
	for _, p := range s.Points {
		all = append(all, p.RTTMeasured)
	}
	if len(all) == 0 {
		return "round trip " + quantity.Missing
	}
	return "round trip " + fromTo(all)
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

// figure writes a value that was interpolated: with two significant figures, or
// as many as tell it and the points beside it apart.
func figure(s *bench.SweepResult, v float64) string {
	if !quantity.Finite(v) {
		return quantity.Missing
	}
	below, above := beside(s, v)
	next, digits := significant(above, 2), 2
	for digits < 5 && (significant(below, digits) == next || significant(v, digits) == next) {
		digits++
		next = significant(above, digits)
	}
	if rounded, err := strconv.ParseFloat(significant(v, digits), 64); err == nil && rounded >= 10 {
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return significant(v, digits)
}

func significant(v float64, digits int) string { return strconv.FormatFloat(v, 'g', digits, 64) }

// beside is the points' values next to v: the last one up to it, but for the
// rounding of an interpolation, and the first one above.
func beside(s *bench.SweepResult, v float64) (below, above float64) {
	below, above = math.Inf(-1), math.Inf(1)
	for _, p := range s.Points {
		if p.Value <= v*(1+1e-9) {
			below = max(below, p.Value)
		} else {
			above = min(above, p.Value)
		}
	}
	return below, above
}

// SweepSummary writes a sweep's points and its finding for a terminal.
func SweepSummary(w io.Writer, s *bench.SweepResult) error {
	if _, err := fmt.Fprintf(w, "%s of %s, by %s\n", upper(plain(s.Primary.Name)), plain(s.Title), plain(s.Parameter)); err != nil {
		return fmt.Errorf("report: write the sweep: %w", err)
	}
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
	if err := grids(w, rows); err != nil {
		return fmt.Errorf("report: write the sweep: %w", err)
	}
	_, err := fmt.Fprintln(w, breakEven(s))
	return err
}
