package report

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"redisduel/bench/latency"
)

// A link is a file of the report and what to call it.
type link struct{ text, path string }

// exports makes the files for HdrHistogram's own tools: for each side the
// percentiles of its response times, and one log with the histogram of every
// trial. It remembers their paths for the page. A side without samples in the
// histogram's range has no file.
func (p *page) exports() (files Files, err error) {
	if p.duel.Failed != "" {
		return nil, nil
	}
	names := fileNames(p.sides)
	for i := range p.sides {
		if s := &p.sides[i]; inRange(s.response) {
			path := "hdr/" + p.duel.Scenario + "-" + names[i] + ".hgrm"
			p.percentiles = append(p.percentiles, link{s.label, path})
			files = append(files, File{path, Percentiles(s.response)})
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	log, err := p.intervalLog(names)
	if err != nil {
		return nil, fmt.Errorf("report: histogram log of %s: %w", p.duel.Scenario, err)
	}
	p.intervals = "hdr/" + p.duel.Scenario + ".hlog"
	return append(files, File{p.intervals, log}), nil
}

// inRange reports whether a histogram has samples within its range.
func inRange(h *latency.Hist) bool { return h != nil && h.Count() > h.Overflow() }

// exported writes where HdrHistogram's tools find the response times.
func (p *page) exported() {
	if p.intervals == "" {
		return
	}
	links := make([]string, len(p.percentiles))
	for i, l := range p.percentiles {
		links[i] = fmt.Sprintf("[%s](%s)", escape(l.text), l.path)
	}
	p.para("For HdrHistogram's tools: the percentiles of the response time in milliseconds, which its plotter opens, of %s; and [a log with the histogram of each trial](%s), tagged with its side.",
		strings.Join(links, ", "), p.intervals)
}

// ticksPerHalf is how many lines there are each time the distance to 100 %
// halves; HdrHistogram's own tools write five.
const ticksPerHalf = 5

// Percentiles is a histogram in the text format that HdrHistogram's plotter
// opens, in milliseconds. The library's own writer rounds to whole
// microseconds; what a server on the same host answers in 50 µs would lose a
// digit that was measured.
//
// The percentiles are of the samples within the histogram's range; a comment
// says how many lie beyond it.
func Percentiles(h *latency.Hist) []byte {
	var b bytes.Buffer
	hdr := h.HDR()
	fmt.Fprintf(&b, "%15s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")
	for _, at := range hdr.CumulativeDistributionWithTicks(ticksPerHalf) {
		share := at.Quantile / 100
		fmt.Fprintf(&b, "%15.6f %.12f %10d %s\n", inMS(at.ValueAt), share, at.Count, rarity(share))
	}
	fmt.Fprintf(&b, "#[Mean    = %12.6f, StdDeviation   = %12.6f]\n", hdr.Mean()/float64(time.Millisecond), hdr.StdDev()/float64(time.Millisecond))
	fmt.Fprintf(&b, "#[Max     = %12.6f, Total count    = %12d]\n", inMS(hdr.Max()), hdr.TotalCount())
	if n := h.Overflow(); n > 0 {
		fmt.Fprintf(&b, "#[%d more took longer than %v, the longest %v, and are in no line above]\n", n, latency.Range, h.Max())
	}
	return b.Bytes()
}

func inMS(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }

// rarity is 1/(1-share): one in how many is slower.
func rarity(share float64) string {
	if share >= 1 {
		return fmt.Sprintf("%14s", "inf") // not Go's +Inf: the other libraries write it like this
	}
	return fmt.Sprintf("%14.2f", 1/(1-share))
}
