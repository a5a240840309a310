// Package quantity writes numbers for people: three significant figures, a unit
// that fits, and the same everywhere.
package quantity

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// Missing stands for a number that does not exist.
	Missing = "n/a"
	// Thin separates groups of digits: a narrow no-break space.
	Thin = "\u202f"
)

// Format formats a value of a metric with its unit: "ns" as a duration, "B"
// as bytes, "x" as a ratio, else a number followed by the unit.
func Format(v float64, unit string) string {
	switch {
	case !Finite(v):
		return Missing
	case unit == "ns":
		return Nanoseconds(v)
	case unit == "B":
		return Bytes(v)
	case unit == "1":
		return Number(v)
	case unit == "x":
		return Ratio(v)
	}
	return Named(Number(v), unit)
}

// Named puts a unit, which may be empty, behind a number. One that is a plural in
// English loses its s beside a one; ms is none.
func Named(number, unit string) string {
	if (number == "1" || number == "-1") && len(unit) > 2 && !strings.Contains(unit, "/") {
		unit = strings.TrimSuffix(unit, "s")
	}
	return strings.TrimSpace(number + " " + unit)
}

// Signed is Format with a sign in front, for differences.
func Signed(v float64, unit string) string {
	if Finite(v) && v > 0 {
		return "+" + Format(v, unit)
	}
	return Format(v, unit)
}

// Span formats a duration with three significant figures.
func Span(d time.Duration) string { return Nanoseconds(float64(d)) }

// Asked formats a duration that somebody chose: without trailing zeros.
func Asked(d time.Duration) string {
	number, unit, _ := strings.Cut(Span(d), " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}

// A step is a power of a base unit, and its name.
type step struct {
	size float64
	name string
}

// Nanoseconds formats a time in ns, fractions included, as Span does.
func Nanoseconds(v float64) string {
	if v == 0 {
		return "0 s"
	}
	return scaled(v, []step{{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}})
}

// Bytes formats a size in powers of a thousand.
func Bytes(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1000 {
		return Number(v) + " B"
	}
	return scaled(v, []step{{1, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}})
}

// scaled formats v with three significant figures in the largest of the units
// that leaves something before the point. It rounds first: 999.9 µs is 1 ms.
func scaled(v float64, units []step) string {
	v = round(v)
	best := units[0]
	for _, u := range units {
		if math.Abs(v) >= u.size {
			best = u
		}
	}
	return figures(v/best.size) + " " + best.name
}

// Number formats a count or an average: whole numbers exactly with their
// digits in groups, others with three significant figures.
func Number(v float64) string {
	switch {
	case !Finite(v):
		return Missing
	case v == math.Trunc(v) && math.Abs(v) < 1e15, math.Abs(v) >= 1000 && math.Abs(v) < 1e15:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case math.Abs(v) >= 1e15, math.Abs(v) < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return figures(v)
}

// Count formats a whole number.
func Count(n int64) string { return grouped(strconv.FormatInt(n, 10)) }

// Ratio formats how many times something is worse: 320×, 4.1×, 1.02×, 0.24×.
func Ratio(v float64) string {
	if !Finite(v) {
		return Missing
	}
	return Times(v) + "×"
}

// Times is Ratio without its sign, for the ends of an interval.
func Times(v float64) string {
	switch a := math.Abs(v); {
	case !Finite(v):
		return Missing
	case a >= 1e6:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 9.95:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 1.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.0995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// figures formats v with three significant figures, trailing zeros kept, and
// never with an exponent.
func figures(v float64) string {
	if v == 0 {
		return "0"
	}
	v = round(v)
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(v))+1e-12))
	return grouped(strconv.FormatFloat(v, 'f', max(decimals, 0), 64))
}

// round keeps three significant figures.
func round(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	if err != nil {
		return v // beyond the largest float
	}
	return r
}

// grouped puts a Thin space between groups of three digits before the point.
// Four digits stay together, as usual with this separator.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, fraction, dotted := strings.Cut(digits, ".")
	if len(whole) > 4 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + Thin + whole[i:]
		}
	}
	if dotted {
		whole += "." + fraction
	}
	return sign + whole
}

// Finite reports whether v is a number to show.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
