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
	worse, better := len(at(s, points, 1)), len(at(s, points, -1))
	if !neutral(s) {
		return beyond(s, points, span)
	}
	switch {
	case worse == len(points):
		return fmt.Sprintf("The anti-pattern was never found to be the better choice %s.", span)
	case worse > 0 && better == 0:
		return fmt.Sprintf("The anti-pattern was never found to be better %s; at %s neither is certain to be.", span, strings.Join(at(s, points, 0), ", "))
	case better == len(points):
		return fmt.Sprintf("The anti-pattern was the better choice throughout %s.", span)
	case better > 0 && worse == 0:
		return fmt.Sprintf("The anti-pattern was the better choice, or as good, throughout %s.", span)
	}
	return fmt.Sprintf("Neither is certain to be the better choice %s.", span)
}

// beyond is breakEven where a difference of some size counts as none, and the
// effect does not cross it for sure.
func beyond(s *bench.SweepResult, points []bench.SweepPoint, span string) string {
	worse, better := at(s, points, 1), at(s, points, -1)
	switch len(points) {
	case len(worse):
		return fmt.Sprintf("The anti-pattern is more than %s throughout %s.", level(s), span)
	case len(better):
		return fmt.Sprintf("The anti-pattern is less than %s throughout %s.", level(s), span)
	}
	if len(worse) == 0 {
		return fmt.Sprintf("Whether the anti-pattern is more than %s is not certain %s.", level(s), span)
	}
	return fmt.Sprintf("The anti-pattern is more than %s at %s; elsewhere that is not certain %s.", level(s), strings.Join(worse, ", "), span)
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
	number := strconv.FormatFloat(v, 'g', -1, 64) // chosen by somebody, so without more digits than it has
	if v >= 1000 {
		number = quantity.Number(v)
	}
	return strings.TrimSpace(number + " " + plain(s.Unit))
}

// crossed is a value that was interpolated, with its unit.
func crossed(s *bench.SweepResult, v stats.Float) string {
	return strings.TrimSpace(figure(s, float64(v)) + " " + plain(s.Unit))
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

// leaning says on which side of even a point lies with its whole interval: 1 when
// the anti-pattern is worse, -1 when it is better, 0 when that is not sure.
func leaning(s *bench.SweepResult, p bench.SweepPoint) int {
	switch {
	case float64(p.Comparison.Effect.Low) > s.Even && p.Comparison.Verdict != stats.NoDifference:
		return 1
	case float64(p.Comparison.Effect.High) < s.Even && p.Comparison.Verdict != stats.NoDifference:
		return -1
	}
	return 0
}

// at lists the values of the points on one side of even.
func at(s *bench.SweepResult, points []bench.SweepPoint, which int) (values []string) {
	for _, p := range points {
		if leaning(s, p) == which {
			values = append(values, sweptValue(s, p.Value))
		}
	}
	return values
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
