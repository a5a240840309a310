package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"redisduel/bench"
	"redisduel/bench/stats"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostRounds is how many rounds a chart can hold apart.
const mostRounds = 40

// A roundValue is the primary metric of one trial.
type roundValue struct {
	round     int
	value     float64
	disturbed bool // its round does not count
}

// A roundSide is one side's values, by round.
type roundSide struct {
	name   string
	look   look
	values []roundValue
}

// at returns the value of a round.
func (s *roundSide) at(round int) (roundValue, bool) {
	i := slices.IndexFunc(s.values, func(v roundValue) bool { return v.round == round })
	if i < 0 {
		return roundValue{}, false
	}
	return s.values[i], true
}

// drawRounds draws the primary metric of every trial, the pairs joined. There
// is no picture without a round that holds a pair, or of very many rounds.
func drawRounds(d *bench.Duel, sides []side) ([]byte, error) {
	all := roundSides(d, sides)
	last, pairs := 0, pairsOf(all)
	for _, s := range all {
		for _, v := range s.values {
			last = max(last, v.round)
		}
	}
	if len(pairs) == 0 || last > mostRounds {
		return nil, nil
	}
	p := roundsPlot(d, all, last)
	subtitle := upper(plain(d.Primary.Name)) + " of each trial; a line joins the pattern and the anti-pattern of a round." + disturbedRounds(all)
	return paint(chartHeight, func(c draw.Canvas) {
		c = headed(c, roundsTitle(d, pairs), subtitle)
		area := draw.Crop(c, 0, -column, 0, -20)
		drawAxes(area, p)
		c.FillText(aligned(sans(smallSize+1, ink), 0, 0), vg.Point{X: area.Min.X, Y: area.Max.Y + 9}, legible(axisName(d.Primary, &p.Y)))
		legend(c, all, vg.Point{X: area.Max.X + 16, Y: area.Max.Y})
	})
}

// roundSides are the values that there are. A disturbed round counts for what does
// not depend on when ops began.
func roundSides(d *bench.Duel, sides []side) (all []roundSide) {
	disturbed := map[int]bool{}
	for i := range d.Trials {
		if t := &d.Trials[i]; t.Disturbed != "" && !d.Primary.Untimed {
			disturbed[t.Round] = true
		}
	}
	for i := range sides {
		s := roundSide{name: sides[i].name, look: lookOf(sides[i].name, i)}
		for _, t := range sides[i].trials {
			v, ok := t.Values[d.Primary.Name]
			if ok && plottable(float64(v)) {
				s.values = append(s.values, roundValue{t.Round, float64(v), disturbed[t.Round]})
			}
		}
		if len(s.values) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// A pairOf is the two values that a comparison is made of.
type pairOf struct {
	pattern, anti float64
	disturbed     bool
}

// pairsOf are the rounds that hold both values.
func pairsOf(all []roundSide) (pairs []pairOf) {
	pattern, anti := sideNamed(all, bench.Pattern), sideNamed(all, bench.AntiPattern)
	if pattern == nil || anti == nil {
		return nil
	}
	for _, v := range pattern.values {
		if w, ok := anti.at(v.round); ok {
			pairs = append(pairs, pairOf{v.value, w.value, v.disturbed})
		}
	}
	return pairs
}

func sideNamed(all []roundSide, name string) *roundSide {
	i := slices.IndexFunc(all, func(s roundSide) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// roundsTitle says in how many of the rounds that count the anti-pattern was
// worse, or that there is no difference, and the two ranges.
func roundsTitle(d *bench.Duel, pairs []pairOf) string {
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p pairOf) bool { return p.disturbed })
	if len(pairs) == 0 {
		return "Every round was disturbed: none of them counts"
	}
	worse := 0
	var pattern, anti []float64
	for _, p := range pairs {
		pattern, anti = append(pattern, p.pattern), append(anti, p.anti)
		if p.anti != p.pattern && (p.anti > p.pattern) == (d.Primary.Better == stats.Lower) {
			worse++
		}
	}
	had, against := span(anti, d.Primary.Unit), span(pattern, d.Primary.Unit)
	if d.Comparison.Verdict == stats.NoDifference { // to count who was worse would take chance for a finding
		return fmt.Sprintf("No measurable difference in %s: %s with the anti-pattern, %s with the pattern", counted(len(pairs), "round"), had, against)
	}
	return fmt.Sprintf("The anti-pattern was worse %s: %s against %s", share(worse, len(pairs)), had, against)
}

// share says in how many of n rounds something was so.
func share(some, n int) string {
	switch {
	case n == 1 && some == 1:
		return "in the only round that counts"
	case some == n:
		return "in each of " + counted(n, "round")
	case some == 0:
		return "in none of " + counted(n, "round")
	}
	return "in " + strconv.Itoa(some) + " of " + counted(n, "round")
}

// span is the range of values, or the one value that all have.
func span(values []float64, unit string) string {
	low, high := withUnit(slices.Min(values), unit), withUnit(slices.Max(values), unit)
	if low == high {
		return low
	}
	number, of, _ := strings.Cut(low, " ")
	if _, same, _ := strings.Cut(high, " "); of == same {
		low = number
	}
	return low + " to " + high
}

// disturbedRounds explains the shaded rounds, if there are any.
func disturbedRounds(all []roundSide) string {
	if n := len(shaded(all)); n > 0 {
		return " Hollow on grey: " + counted(n, "disturbed round") + ", not counted."
	}
	return ""
}

// shaded are the rounds that were disturbed.
func shaded(all []roundSide) (rounds []int) {
	for _, s := range all {
		for _, v := range s.values {
			if v.disturbed && !slices.Contains(rounds, v.round) {
				rounds = append(rounds, v.round)
			}
		}
	}
	return rounds
}

// roundsPlot has the rounds across, and a logarithmic axis up if the values
// allow and need it.
func roundsPlot(d *bench.Duel, all []roundSide, last int) *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max, p.X.Label.Text = 0.5, float64(last)+0.5, "round"
	var rounds ticks
	for i := 1; i <= last; i++ {
		rounds = append(rounds, plot.Tick{Value: float64(i), Label: strconv.Itoa(i)})
	}
	p.X.Tick.Marker = rounds
	low, high := rangeOf(all)
	valueAxis(&p.Y, low, high, d.Primary.Unit)
	grid(p)
	p.Add(roundsPlotter(all))
	return p
}

// rangeOf is the range of all values.
func rangeOf(all []roundSide) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range all {
		for _, v := range s.values {
			low, high = min(low, v.value), max(high, v.value)
		}
	}
	return low, high
}

// axisName is the metric, its unit unless the ticks hold it, and the scale.
func axisName(of bench.Metric, axis *plot.Axis) string {
	name := of.Name
	if _, log := axis.Scale.(plot.LogScale); !log {
		return name
	}
	if unit := of.Unit; unit != "" && unit != "ns" && unit != "B" {
		name += ", " + unit
	}
	return name + " (log scale)"
}

// A roundsPlotter draws the lines between the pairs and the marks.
type roundsPlotter []roundSide

// Plot implements plot.Plotter.
func (r roundsPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(i int, v roundValue) vg.Point {
		// The sides of a round stand side by side, within six tenths of it.
		offset := (float64(i)+0.5)/float64(len(r)) - 0.5
		return vg.Point{X: x(float64(v.round) + 0.6*offset), Y: y(v.value)}
	}
	for _, round := range shaded(r) {
		shade(c, x(float64(round)-0.45), x(float64(round)+0.45))
	}
	if len(r) > 1 && r[0].name == bench.Pattern && r[1].name == bench.AntiPattern {
		for _, v := range r[0].values {
			if w, ok := r[1].at(v.round); ok {
				from, to := at(0, v), at(1, w)
				c.StrokeLine2(draw.LineStyle{Color: faint, Width: 1.25}, from.X, from.Y, to.X, to.Y)
			}
		}
	}
	for i := range r {
		for _, v := range r[i].values {
			mark(c, r[i].look, at(i, v), v.disturbed)
		}
	}
}

// shade marks the room of a round that does not count.
func shade(c draw.Canvas, left, right vg.Length) {
	c.FillPolygon(color.NRGBA{0xee, 0xee, 0xee, 0xff}, []vg.Point{
		{X: left, Y: c.Min.Y}, {X: right, Y: c.Min.Y}, {X: right, Y: c.Max.Y}, {X: left, Y: c.Max.Y},
	})
}

// mark draws a value; of a disturbed round, hollow.
func mark(c draw.Canvas, l look, at vg.Point, disturbed bool) {
	style := l.glyph(5)
	c.DrawGlyph(style, at)
	if _, cross := l.marker.(cross); disturbed && !cross {
		style.Color, style.Radius = color.White, 3
		c.DrawGlyph(style, at)
	}
}

// legend names the sides from a point downward.
func legend(c draw.Canvas, all []roundSide, at vg.Point) {
	for _, s := range all {
		style := bold(sans(labelSize, s.look.color))
		lines := fit(label(s.name), style, column-36, 3)
		mark(c, s.look, vg.Point{X: at.X + 5, Y: at.Y - 9.5}, false)
		at.Y -= write(c, style, vg.Point{X: at.X + 18, Y: at.Y}, lines) + 8
	}
}
