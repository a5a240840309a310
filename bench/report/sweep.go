package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"redisduel/bench"
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
	if even := s.Even; !(even >= 0) || math.IsInf(even, 0) {
		return fmt.Errorf("its even is %v; it must be 0 or more", even)
	}
	for i, c := range s.Crossings {
		for _, x := range []stats.Float{c.At, c.Low, c.High} {
			if v := float64(x); math.IsNaN(v) || math.IsInf(v, 0) || v <= 0 && !s.Linear {
				return fmt.Errorf("crossings[%d] lies at %v; it must be above 0, or on a linear axis any number", i, v)
			}
		}
		if v := float64(c.Predicted); math.IsInf(v, 0) || v <= 0 && !s.Linear { // NaN is none
			return fmt.Errorf("crossings[%d] is predicted at %v; it must be above 0, or on a linear axis any number", i, v)
		}
	}
	return nil
}
