package report

import (
	"bytes"
	"cmp"
	"math"
	"time"

	"redisduel/bench"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// intervalLog is a log in HdrHistogram's format 1.3, with an interval for each
// completed trial in the order they ran, tagged with its side.
func (p *page) intervalLog(names []string) ([]byte, error) {
	var b bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&b)
	base := p.began()
	err := cmp.Or(
		w.OutputLogFormatVersion(),
		w.OutputStartTime(base),
		w.OutputBaseTime(base),
		w.OutputComment("["+p.duel.Scenario+": response times in ns. An interval begins when its trial was started and is as long as the trial's measured phase.]"),
		w.OutputLegend(),
	)
	w.SetBaseTime(base)
	tags := map[string]string{}
	for i := range p.sides {
		tags[p.sides[i].name] = names[i]
	}
	for i := range p.duel.Trials {
		t := &p.duel.Trials[i]
		if tag := tags[t.Side]; tag != "" && counts(t) && err == nil {
			err = w.OutputIntervalHistogram(interval(t, tag, base))
		}
	}
	return b.Bytes(), err
}

// counts reports whether a trial has response times to export.
func counts(t *bench.Trial) bool {
	return t.Outcome == bench.Completed && t.Load != nil && inRange(t.Load.Response)
}

// interval is a trial's histogram with its tag and times. A clock that was set
// back during the run must not make a time before the base: readers do not
// know the minus sign.
func interval(t *bench.Trial, tag string, base int64) *hdrhistogram.Histogram {
	h := t.Load.Response.HDR()
	start := max(epochMS(t.Started), base)
	h.SetTag(tag)
	h.SetStartTimeMs(start)
	h.SetEndTimeMs(start + max(t.Load.Elapsed, 0).Milliseconds())
	return h
}

// began is when the first trial was started, in whole seconds since the epoch
// (the log's header has no finer ones) but in milliseconds.
func (p *page) began() int64 {
	first := int64(math.MaxInt64)
	for i := range p.duel.Trials {
		first = min(first, epochMS(p.duel.Trials[i].Started))
	}
	return first / 1000 * 1000
}

// epochMS is a moment in milliseconds since the epoch, none before it.
func epochMS(t time.Time) int64 { return max(t.UnixMilli(), 0) }
