package report

import (
	"fmt"
	"math"
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
	first, last := points[0], points[len(points)-1]
	span := fmt.Sprintf("from %s to %s %s", quantity.Number(first.Value), quantity.Number(last.Value), plain(s.Parameter))
	if len(s.Crossings) > 0 {
		return crossing(s, points)
	}
	above, below := 0, 0
	for _, p := range points {
		switch leaning(s, p) {
		case 1:
			above++
		case -1:
			below++
		}
	}
	switch {
	case !neutral(s) && above == len(points):
		return fmt.Sprintf("The anti-pattern costs more than %s %s.", level(s), span)
	case !neutral(s) && below == len(points):
		return fmt.Sprintf("The anti-pattern costs less than %s %s.", level(s), span)
	case !neutral(s) && above > 0:
		return fmt.Sprintf("The anti-pattern costs more than %s at %s %s; elsewhere %s that is not sure.", level(s), at(s, points, 1), plain(s.Parameter), span)
	case !neutral(s):
		return fmt.Sprintf("Whether the anti-pattern costs more than %s is not sure %s.", level(s), span)
	case above > 0 && below == 0 && above == len(points):
		return fmt.Sprintf("The anti-pattern was never found to be the better choice %s.", span)
	case above > 0 && below == 0:
		return fmt.Sprintf("The anti-pattern was never found to be better %s; the difference was too small to measure at %s.", span, at(s, points, 0))
	case below > 0 && above == 0:
		return fmt.Sprintf("The anti-pattern was the better choice, or as good, %s.", span)
	}
	return fmt.Sprintf("No difference could be measured %s.", span)
}

// crossing tells of the crossings.
func crossing(s *bench.SweepResult, points []bench.SweepPoint) string {
	var parts []string
	for _, c := range s.Crossings {
		place := fmt.Sprintf("about %s %s (95 %% interval %s to %s", figure(float64(c.At)), plain(s.Parameter), figure(float64(c.Low)), figure(float64(c.High)))
		if quantity.Finite(float64(c.Predicted)) {
			place += "; the model says " + figure(float64(c.Predicted))
		}
		parts = append(parts, where(c)+" "+place+")")
	}
	if neutral(s) {
		return "The anti-pattern is the better choice " + strings.Join(parts, " and ") + "."
	}
	return "The anti-pattern costs less than " + level(s) + " " + strings.Join(parts, " and ") + "."
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
func at(s *bench.SweepResult, points []bench.SweepPoint, which int) string {
	var values []string
	for _, p := range points {
		if leaning(s, p) == which {
			values = append(values, quantity.Number(p.Value))
		}
	}
	return strings.Join(values, ", ")
}

// neutral reports whether even means no difference at all.
func neutral(s *bench.SweepResult) bool { return s.Even == 0 || s.Even == 1 }

// level names what counts as even: "10 % more", "1 ms more".
func level(s *bench.SweepResult) string {
	if len(s.Points) > 0 && s.Points[0].Comparison.Scale == stats.Difference {
		return quantity.Format(s.Even, plain(s.Primary.Unit)) + " more"
	}
	return fmt.Sprintf("%.0f %% more", math.Abs(s.Even-1)*100)
}
