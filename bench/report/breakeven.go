package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
	"redisduel/bench/stats"
)

// breakEven puts what a sweep found into one sentence: where the anti-pattern
// is the better choice, or that it never was.
func breakEven(s *bench.SweepResult) string {
	points := sound(s)
	if len(points) == 0 {
		return "The sweep of " + plain(s.Parameter) + " gave no result."
	}
	if len(s.Crossings) > 0 {
		return crossing(s)
	}
	span := fmt.Sprintf("(%s at %s alone)", plain(s.Parameter), sweptValue(s, points[0].Value))
	if len(points) > 1 {
		span = fmt.Sprintf("(%s from %s to %s)", plain(s.Parameter), sweptValue(s, points[0].Value), sweptValue(s, points[len(points)-1].Value))
	}
	if !neutral(s) {
		return beyond(s, points, span)
	}
	return choice(s, points, span)
}

// throughout is what a sweep found whose points all have one verdict.
var throughout = map[stats.Verdict]string{
	stats.PatternWins:     "The anti-pattern was never found to be the better choice",
	stats.AntiPatternWins: "The anti-pattern was the better choice throughout",
	stats.NoDifference:    "There is no measurable difference throughout",
	stats.Inconclusive:    "Neither is certain to be the better choice",
}

// choice is breakEven where no difference counts as even and nothing crosses: what
// the points' verdicts say. A point without a measurable difference is as good on
// both sides, which an inconclusive one is not known to be.
func choice(s *bench.SweepResult, points []bench.SweepPoint, span string) string {
	by := map[stats.Verdict][]int{}
	for i, p := range points {
		v := p.Comparison.Verdict
		if !certain(v) {
			v = stats.Inconclusive
		}
		by[v] = append(by[v], i)
		if len(by[v]) == len(points) {
			return throughout[v] + " " + span + "."
		}
	}
	c := clauses{s: s, points: points}
	c.add("the pattern is the better choice", by[stats.PatternWins])
	c.add("the anti-pattern is the better choice", by[stats.AntiPatternWins])
	c.add("there is no measurable difference", by[stats.NoDifference])
	c.rest("neither is certain to be better", by[stats.Inconclusive])
	return c.sentence(span)
}

// certain reports whether a verdict says how the sides compare.
func certain(v stats.Verdict) bool {
	return v == stats.PatternWins || v == stats.AntiPatternWins || v == stats.NoDifference
}

// beyond is breakEven where a difference of some size counts as none, and the
// effect does not cross it for sure.
func beyond(s *bench.SweepResult, points []bench.SweepPoint, span string) string {
	var more, less, unsure []int
	for i, p := range points {
		switch c := &p.Comparison; {
		case c.Verdict == stats.PatternWins && float64(c.Effect.Low) > s.Even:
			more = append(more, i)
		case certain(c.Verdict) && float64(c.Effect.High) < s.Even:
			less = append(less, i)
		default:
			unsure = append(unsure, i)
		}
	}
	switch len(points) {
	case len(more):
		return fmt.Sprintf("The anti-pattern is more than %s throughout %s.", level(s), span)
	case len(less):
		return fmt.Sprintf("The anti-pattern is less than %s throughout %s.", level(s), span)
	case len(unsure):
		return fmt.Sprintf("Whether the anti-pattern is more than %s is not certain %s.", level(s), span)
	}
	c := clauses{s: s, points: points}
	c.add("the anti-pattern is more than "+level(s), more)
	c.add("the anti-pattern is less than "+level(s), less)
	c.rest("that is not certain", unsure)
	return c.sentence(span)
}

// crossing tells of the crossings.
func crossing(s *bench.SweepResult) string {
	var parts []string
	for _, c := range s.Crossings {
		place := fmt.Sprintf("%s about %s (%s", where(c), crossed(s, c.At), plain(s.Parameter))
		if low, high := crossed(s, c.Low), crossed(s, c.High); low != high { // counts leave no doubt
			place += fmt.Sprintf("; 95 %% interval %s to %s", low, high)
		}
		if quantity.Finite(float64(c.Predicted)) {
			place += "; the model says " + crossed(s, c.Predicted)
		}
		parts = append(parts, place+")")
	}
	if neutral(s) {
		return "The anti-pattern is the better choice " + strings.Join(parts, " and ") + "."
	}
	return "The anti-pattern is less than " + level(s) + " " + strings.Join(parts, " and ") + "."
}

// sweptValue is a value of the parameter with its unit.
func sweptValue(s *bench.SweepResult, v float64) string {
	return quantity.Named(sweptNumber(v), plain(s.Unit))
}

func sweptNumber(v float64) string {
	if v >= 1000 {
		return quantity.Number(v)
	}
	return strconv.FormatFloat(v, 'g', -1, 64) // chosen by somebody, so without more digits than it has
}

// crossed is a value that was interpolated, with its unit.
func crossed(s *bench.SweepResult, v stats.Float) string {
	return quantity.Named(figure(s, float64(v)), plain(s.Unit))
}

// where says on which side of a crossing the anti-pattern is better.
func where(c bench.Crossing) string {
	if c.Rising {
		return "below"
	}
	return "above"
}

// sound are the points that yielded numbers.
func sound(s *bench.SweepResult) (points []bench.SweepPoint) {
	for _, p := range s.Points {
		if p.Failed == "" && p.Comparison.Rounds > 0 {
			points = append(points, p)
		}
	}
	return points
}

// neutral reports whether even means no difference at all.
func neutral(s *bench.SweepResult) bool { return s.Even == 0 || s.Even == 1 }

// level names what counts as even, to follow "more than" or "less than".
func level(s *bench.SweepResult) string {
	switch {
	case len(s.Points) > 0 && s.Points[0].Comparison.Scale == stats.Difference:
		return quantity.Format(s.Even, plain(s.Primary.Unit)) + " worse"
	case s.Even == 2:
		return "twice as bad"
	case s.Even > 2:
		return quantity.Times(s.Even) + " times as bad"
	}
	return fmt.Sprintf("%.0f %% worse", math.Abs(s.Even-1)*100)
}
