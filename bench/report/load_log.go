package report

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"redisduel/bench/generator"
	"redisduel/bench/latency"
)

// LoadLog is a log in HdrHistogram's format 1.3 of a load's three clocks, an
// interval for each, tagged with its name, in ns.
func LoadLog(r *generator.Result) ([]byte, error) {
	var b bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&b)
	began := epochMS(r.Started)
	base := began / 1000 * 1000 // the log's header has no finer times
	err := cmp.Or(
		w.OutputLogFormatVersion(),
		w.OutputStartTime(base),
		w.OutputBaseTime(base),
		w.OutputComment("["+oneLine(strings.Join(r.Spec.Command, " "))+": times in ns]"),
		w.OutputLegend(),
	)
	w.SetBaseTime(base)
	for _, clock := range []struct {
		tag string
		h   *latency.Hist
	}{{"response", r.Load.Response}, {"service", r.Load.Service}, {"lateness", r.Load.Lateness}} {
		if err == nil && inRange(clock.h) {
			h := clock.h.HDR()
			h.SetTag(clock.tag)
			h.SetStartTimeMs(began)
			h.SetEndTimeMs(began + r.Load.Elapsed.Milliseconds())
			err = w.OutputIntervalHistogram(h)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("report: histogram log: %w", err)
	}
	return b.Bytes(), nil
}

// oneLine keeps a text from ending a comment of the log.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
