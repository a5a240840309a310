package latency

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

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

// UnmarshalJSON decodes what MarshalJSON wrote, and leaves h as it was when it
// returns an error. It refuses a histogram that does not add up: the input may
// be damaged, or made to mislead.
func (h *Hist) UnmarshalJSON(data []byte) error {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("latency: decode histogram: %w", err)
	}
	hdr, err := w.buckets()
	if err != nil {
		return fmt.Errorf("latency: decode histogram: %w", err)
	}
	decoded := Hist{hdr: hdr, overflow: w.Overflow, max: w.Max, sum: w.Sum}
	if err := decoded.consistent(w.Count); err != nil {
		return fmt.Errorf("latency: decode histogram: %w", err)
	}
	*h = decoded
	return nil
}

// buckets decodes the HDR histogram, empty when there is none.
func (w *wire) buckets() (*hdrhistogram.Histogram, error) {
	if w.HDR == "" {
		return New().hdr, nil
	}
	if err := checkGeometry(w.HDR); err != nil {
		return nil, err
	}
	return hdrhistogram.Decode([]byte(w.HDR))
}

// consistent says what in h contradicts itself or the stated count.
func (h *Hist) consistent(count int64) error {
	within := h.hdr.TotalCount()
	switch {
	case h.overflow < 0 || h.max < 0 || h.sum < 0:
		return errors.New("a count or a time is negative")
	case h.overflow > math.MaxInt64-within || within+h.overflow != count:
		return fmt.Errorf("%d samples within the range and %d beyond do not make %d", within, h.overflow, count)
	case !h.holds(h.max):
		return fmt.Errorf("the longest sample is said to be %v, but the buckets end elsewhere", h.max)
	case count == 0 && h.sum > 0, count > 0 && h.sum/time.Duration(count) > h.max:
		return fmt.Errorf("a sum of %v is too large for %d samples of at most %v", h.sum, count, h.max)
	}
	return nil
}

// holds tells whether the longest sample can be longest.
func (h *Hist) holds(longest time.Duration) bool {
	if h.overflow > 0 || longest > Range {
		return h.overflow > 0 && longest > Range
	}
	return h.hdr.ValuesAreEquivalent(int64(longest), h.hdr.Max())
}

// header is what precedes the counts inside the compressed V2 encoding, big
// endian (AbstractHistogram.java, encodeIntoByteBuffer).
type header struct {
	Cookie, Length, Offset, Figures int32
	Lowest, Highest                 int64
}

// checkGeometry refuses buckets other than ours before anything of their size
// is allocated: a few bytes can ask for a histogram of 50 MB. The buckets are
// preceded by the encoding's cookie and length, 8 bytes.
func checkGeometry(encoded string) error {
	compressed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	if len(compressed) < 8 {
		return io.ErrUnexpectedEOF
	}
	inflated, err := zlib.NewReader(bytes.NewReader(compressed[8:]))
	if err != nil {
		return err
	}
	var got header
	if err := binary.Read(inflated, binary.BigEndian, &got); err != nil {
		return err
	}
	if got.Figures != figures || got.Lowest != lowest || got.Highest != int64(Range) {
		return fmt.Errorf("buckets for %d to %d ns with %d figures, where %d to %d ns with %d are wanted",
			got.Lowest, got.Highest, got.Figures, lowest, int64(Range), figures)
	}
	return nil
}
