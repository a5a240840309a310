package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	missing = "n/a"    // a number that does not exist
	thin    = "\u202f" // narrow no-break space between groups of digits
)

// quantity formats a value of a metric with its unit: "ns" as a duration, "B"
// as bytes, else a number followed by the unit.
func quantity(v float64, unit string) string {
	switch {
	case !finite(v):
		return missing
	case unit == "ns":
		return nanoseconds(v)
	case unit == "B":
		return byteSize(v)
	case unit == "", unit == "1":
		return number(v)
	}
	return number(v) + " " + plain(unit)
}

// signed is quantity with a sign in front, for differences.
func signed(v float64, unit string) string {
	if finite(v) && v > 0 {
		return "+" + quantity(v, unit)
	}
	return quantity(v, unit)
}

// span formats a duration with three significant figures.
func span(d time.Duration) string { return nanoseconds(float64(d)) }

// asked formats a duration that somebody chose: without trailing zeros.
func asked(d time.Duration) string {
	number, unit, _ := strings.Cut(span(d), " ")
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

func nanoseconds(v float64) string {
	if v == 0 {
		return "0 s"
	}
	return scaled(v, []step{{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}})
}

func byteSize(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1000 {
		return number(v) + " B"
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

// number formats a count or an average: whole numbers exactly with their
// digits in groups, others with three significant figures.
func number(v float64) string {
	switch {
	case !finite(v):
		return missing
	case v == math.Trunc(v) && math.Abs(v) < 1e15, math.Abs(v) >= 1000 && math.Abs(v) < 1e15:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case math.Abs(v) >= 1e15, math.Abs(v) < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return figures(v)
}

func count(n int64) string { return grouped(strconv.FormatInt(n, 10)) }

// ratio formats how many times something is worse: 320×, 4.1×, 1.02×, 0.24×.
func ratio(v float64) string {
	if !finite(v) {
		return missing
	}
	return times(v) + "×"
}

// times is ratio without its sign, for the ends of an interval.
func times(v float64) string {
	switch a := math.Abs(v); {
	case !finite(v):
		return missing
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

// grouped puts a thin space between groups of three digits before the point.
// Four digits stay together, as usual with this separator.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, fraction, dotted := strings.Cut(digits, ".")
	if len(whole) > 4 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + thin + whole[i:]
		}
	}
	if dotted {
		whole += "." + fraction
	}
	return sign + whole
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
