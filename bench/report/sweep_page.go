package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

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
		if rounded >= 1e4 { // whole, with five digits at most: grouped as everywhere else
			return quantity.Number(rounded)
		}
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
func SweepSummary(w io.Writer, s *bench.SweepResult, width int) error {
	if err := paragraph(w, fmt.Sprintf("%s of %s, by %s", upper(plain(s.Primary.Name)), plain(s.Title), plain(s.Parameter)), columns(width)); err != nil {
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
	width = columns(width)
	if err := grids(w, fitted(rows, width)); err != nil {
		return fmt.Errorf("report: write the sweep: %w", err)
	}
	if err := paragraph(w, breakEven(s), width); err != nil {
		return fmt.Errorf("report: write the sweep: %w", err)
	}
	return nil
}
