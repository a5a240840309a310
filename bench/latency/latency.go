// Package latency keeps latencies: an HDR histogram that never flatters.
//
// What lies beyond the range is counted as overflow instead of being clamped
// or lost, the exact maximum and sum are kept apart from the histogram's
// rounding, and a quantile that too few samples support is withheld.
package latency

import (
	"encoding/json"
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
)

// A Hist is a histogram of latencies with three significant figures between
// 1 ns and Range. It takes about 250 kB and is not safe for concurrent use.
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
	h.sum += d
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

// Mean is the exact mean; ok is false when nothing was recorded.
func (h *Hist) Mean() (mean time.Duration, ok bool) {
	if h.Count() == 0 {
		return 0, false
	}
	return h.sum / time.Duration(h.Count()), true
}

// Quantile returns the latency that a share q of the samples, in [0, 1], did
// not exceed. ok is false when fewer than ten samples lie on the far side of
// q, so that the value would be one sample's luck; q = 1 is the exact maximum.
func (h *Hist) Quantile(q float64) (d time.Duration, ok bool) {
	n := h.Count()
	if n == 0 {
		return 0, false
	}
	if q >= 1 {
		return h.max, true
	}
	if q > 0.5 && float64(n)*(1-q) < supporting-1e-6 {
		return 0, false
	}
	return h.At(q), true
}

// At is Quantile without the withholding, for curves that show their ends.
// An empty histogram gives 0.
func (h *Hist) At(q float64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	rank := int64(math.Ceil(q * float64(n)))
	if rank > h.hdr.TotalCount() {
		return h.max // the overflow lies beyond every bucket
	}
	within := float64(rank) / float64(h.hdr.TotalCount()) * 100
	return min(time.Duration(h.hdr.ValueAtPercentile(within)), h.max)
}

// Merge adds the samples of other.
func (h *Hist) Merge(other *Hist) error {
	if dropped := h.hdr.Merge(other.hdr); dropped > 0 {
		return fmt.Errorf("latency: merging dropped %d samples of a histogram with a wider range", dropped)
	}
	h.overflow += other.overflow
	h.max = max(h.max, other.max)
	h.sum += other.sum
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

// wire is a Hist in JSON: counts and nanoseconds, and the buckets in
// HdrHistogram's own compressed V2 encoding.
type wire struct {
	Count    int64         `json:"count"`
	Overflow int64         `json:"overflow,omitempty"`
	Max      time.Duration `json:"max_ns"`
	Sum      time.Duration `json:"sum_ns"`
	HDR      string        `json:"hdr,omitempty"`
}

// MarshalJSON encodes the histogram without loss.
func (h *Hist) MarshalJSON() ([]byte, error) {
	w := wire{Count: h.Count(), Overflow: h.overflow, Max: h.max, Sum: h.sum}
	if h.hdr.TotalCount() > 0 {
		encoded, err := h.hdr.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			return nil, fmt.Errorf("latency: encode histogram: %w", err)
		}
		w.HDR = string(encoded)
	}
	return json.Marshal(w)
}

// UnmarshalJSON decodes what MarshalJSON wrote. It refuses a histogram whose
// buckets do not add up to its count.
func (h *Hist) UnmarshalJSON(data []byte) error {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	decoded := New()
	if w.HDR != "" {
		hdr, err := hdrhistogram.Decode([]byte(w.HDR))
		if err != nil {
			return fmt.Errorf("latency: decode histogram: %w", err)
		}
		if dropped := decoded.hdr.Merge(hdr); dropped > 0 {
			return fmt.Errorf("latency: histogram holds %d samples beyond %v", dropped, Range)
		}
	}
	decoded.overflow, decoded.max, decoded.sum = w.Overflow, w.Max, w.Sum
	if w.Overflow < 0 || w.Max < 0 || w.Sum < 0 || decoded.Count() != w.Count {
		return fmt.Errorf("latency: histogram holds %d samples but says %d", decoded.Count(), w.Count)
	}
	*h = *decoded
	return nil
}
