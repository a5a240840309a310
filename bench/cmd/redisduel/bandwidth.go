package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"redisduel/bench"
)

// parseBandwidth reads a number with a unit, bits (100Mbit) or bytes (12.5MB)
// a second in powers of a thousand, as networks are sold. It returns bytes a
// second; empty is 0, no limit.
func parseBandwidth(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	value, err := strconv.ParseFloat(digits, 64)
	unit, known := map[string]float64{
		"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9,
		"bit": 1. / 8, "kbit": 1e3 / 8, "Mbit": 1e6 / 8, "Gbit": 1e9 / 8,
	}[s[len(digits):]]
	if err != nil || !known || !(value > 0) || value*unit > math.MaxInt64/2 {
		return 0, fmt.Errorf("%w: --bandwidth is %q; write a number and a unit, such as 100Mbit or 12.5MB", bench.ErrUsage, s)
	}
	return int64(value * unit), nil
}
