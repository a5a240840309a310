// Package latency keeps latencies: an HDR histogram that never flatters.
//
// What lies beyond the range is counted as overflow instead of being clamped
// or lost, the exact maximum and sum are kept apart from the histogram's
// rounding, and a quantile that too few samples support is withheld.
package latency

import (
	"fmt"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// lowest is the smallest distinguishable latency, in ns.
	lowest = 1
	// Range is the largest latency the histogram holds; what is longer is
	// counted as overflow.
	Range = 5 * time.Minute
	// figures is the number of significant decimal figures of every value.
	figures = 3
	// supporting samples must lie beyond a quantile before it is reported:
	// p99 needs 1,000 samples and p99.9 needs 10,000.
	supporting = 10
	// slack absorbs the rounding of products such as 100 × 0.07, which comes
	// out above 7 and would count as the eighth sample.
	slack = 1e-6
)

// A Hist is a histogram of latencies with three significant figures between
// 1 ns and Range. It takes about 250 kB and is not safe for concurrent use.
// Make one with New: the zero value does not work.
type Hist struct {
	hdr      *hdrhistogram.Histogram
	overflow int64
	max      time.Duration
	sum      time.Duration
}

// New returns an empty histogram.
func New() *Hist {
	return &Hist{hdr: hdrhistogram.New(lowest, int64(Range), figures)}
}

// Record adds one latency. It does not allocate. A negative latency, which a
// monotonic clock cannot produce, is counted as zero.
func (h *Hist) Record(d time.Duration) {
	d = max(d, 0)
	h.max = max(h.max, d)
	h.sum = sum(h.sum, d)
	if d > Range || h.hdr.RecordValue(int64(d)) != nil {
		h.overflow++
	}
}

// Count is the number of latencies recorded, overflow included.
func (h *Hist) Count() int64 { return h.hdr.TotalCount() + h.overflow }

// Overflow is the number of latencies longer than Range.
func (h *Hist) Overflow() int64 { return h.overflow }

// Max is the longest latency, exact; zero when nothing was recorded.
func (h *Hist) Max() time.Duration { return h.max }

// Mean is the exact mean, of up to 292 years of latencies in all; ok is false
// when nothing was recorded.
func (h *Hist) Mean() (mean time.Duration, ok bool) {
	if h.Count() == 0 {
		return 0, false
	}
	return h.sum / time.Duration(h.Count()), true
}

// Quantile returns the latency that a share q of the samples, in [0, 1], did
// not exceed. ok is false when there is no sample, when q is not a number, and
// when q lies above the median and fewer than ten samples lie beyond it, so
// that the value would be one sample's luck. The exact maximum, q = 1, is
// never withheld.
func (h *Hist) Quantile(q float64) (d time.Duration, ok bool) {
	n := h.Count()
	if n == 0 || math.IsNaN(q) {
		return 0, false
	}
	if q > 0.5 && q < 1 && float64(n)*(1-q) < supporting-slack {
		return 0, false
	}
	return h.At(q), true
}

// At is Quantile without the withholding, for curves that show their ends.
// An empty histogram gives 0. Among overflowed latencies it gives the longest.
func (h *Hist) At(q float64) time.Duration {
	within := h.hdr.TotalCount()
	rank := nearestRank(q, h.Count())
	if rank > within {
		return h.max // the overflow lies beyond every bucket
	}
	percentile := float64(rank) / float64(within) * 100
	return min(time.Duration(h.hdr.ValueAtPercentile(percentile)), h.max)
}

// nearestRank is the position, from 1, of quantile q among n sorted samples by the
// method of that name: the smallest share of them that is at least q.
func nearestRank(q float64, n int64) int64 {
	r := math.Ceil(q*float64(n) - slack)
	if !(r >= 1) { // NaN too
		return 1
	}
	return int64(min(r, float64(n)))
}

// Merge adds the samples of other. When it returns an error, which takes more
// than 2⁶³ samples, h is as it was.
func (h *Hist) Merge(other *Hist) error {
	if other.Count() > math.MaxInt64-h.Count() {
		return fmt.Errorf("latency: merging %d samples into %d overflows the count", other.Count(), h.Count())
	}
	if dropped := h.hdr.Merge(other.hdr); dropped > 0 {
		return fmt.Errorf("latency: merging dropped %d samples", dropped)
	}
	h.overflow += other.overflow
	h.max = max(h.max, other.max)
	h.sum = sum(h.sum, other.sum)
	return nil
}

// Merged returns the union of the samples of all hists.
func Merged(hists ...*Hist) (*Hist, error) {
	all := New()
	for _, h := range hists {
		if err := all.Merge(h); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// HDR returns a copy of the underlying histogram, in ns, without the overflow.
func (h *Hist) HDR() *hdrhistogram.Histogram { return h.hdr.Clone() }

// sum adds two durations that are not negative and stops at the largest one
// instead of turning negative.
func sum(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
