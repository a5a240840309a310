package latency_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"redisduel/bench/latency"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// of returns a histogram of the samples.
func of(samples ...time.Duration) *latency.Hist {
	h := latency.New()
	for _, d := range samples {
		h.Record(d)
	}
	return h
}

// repeated returns n samples of d.
func repeated(n int, d time.Duration) []time.Duration {
	return slices.Repeat([]time.Duration{d}, n)
}

// samples draws latencies of every magnitude, up to more than the range.
func samples(minimum int) *rapid.Generator[[]time.Duration] {
	one := rapid.Custom(func(t *rapid.T) time.Duration {
		limit := rapid.SampledFrom([]time.Duration{2000, time.Millisecond, time.Second, latency.Range, 2 * latency.Range}).Draw(t, "limit")
		return time.Duration(rapid.Int64Range(0, int64(limit)).Draw(t, "ns"))
	})
	return rapid.SliceOfN(one, minimum, 300)
}

func TestAnEmptyHistogramIsNotZeroMicroseconds(t *testing.T) {
	h := latency.New()
	for _, q := range []float64{0, 0.5, 0.99, 1} {
		if d, ok := h.Quantile(q); ok {
			t.Errorf("Quantile(%v) of nothing = %v, want none", q, d)
		}
	}
	if d, ok := h.Mean(); ok {
		t.Errorf("Mean of nothing = %v, want none", d)
	}
}

func TestAQuantileIsWithheldUntilTenSamplesLieBeyondIt(t *testing.T) {
	for _, tt := range []struct {
		q    float64
		n    int
		want bool
	}{
		{0.5, 1, true},
		{0.9, 99, false},
		{0.9, 100, true},
		{0.99, 999, false},
		{0.99, 1000, true},
		{0.999, 9999, false},
		{0.999, 10000, true},
		{1, 1, true},
		{math.NaN(), 1000, false},
	} {
		if _, ok := of(repeated(tt.n, time.Millisecond)...).Quantile(tt.q); ok != tt.want {
			t.Errorf("Quantile(%v) of %d samples: ok = %v, want %v", tt.q, tt.n, ok, tt.want)
		}
	}
}

func TestWhatLiesBeyondTheRangeIsCountedAndItsMaximumKept(t *testing.T) {
	long := latency.Range + 123456789
	h := of(time.Second, time.Second, latency.Range, long)
	if h.Count() != 4 || h.Overflow() != 1 {
		t.Errorf("count %d, overflow %d; want 4, 1", h.Count(), h.Overflow())
	}
	if h.Max() != long {
		t.Errorf("Max() = %v, want exactly %v", h.Max(), long)
	}
	if got := h.At(0.76); got != long {
		t.Errorf("At(0.76) = %v, want the overflow's %v", got, long)
	}
	if got := h.At(0.5); !close3(got, time.Second) {
		t.Errorf("At(0.5) = %v, want 1s", got)
	}
}

func TestAHistogramOfOverflowAloneReportsIt(t *testing.T) {
	h := of(time.Hour)
	for _, q := range []float64{0, 0.5, 1} {
		if got := h.At(q); got != time.Hour {
			t.Errorf("At(%v) = %v, want 1h", q, got)
		}
	}
}

func TestTheMeanIsExact(t *testing.T) {
	// Each of these is rounded in its bucket.
	mean, ok := of(100_001, 200_003, 300_008).Mean()
	if !ok || mean != 200_004 {
		t.Errorf("Mean() = %d, %v; want 200004, true", mean, ok)
	}
}

func TestLatenciesThatNoClockGivesDoNotCorruptTheSum(t *testing.T) {
	h := of(-time.Second, math.MaxInt64, math.MaxInt64)
	mean, _ := h.Mean()
	if h.Count() != 3 || mean < 0 || h.At(0) != 0 {
		t.Errorf("count %d, mean %v, minimum %v; want 3, not negative, 0", h.Count(), mean, h.At(0))
	}
	if err := h.Merge(of(math.MaxInt64)); err != nil {
		t.Fatal(err)
	}
	if mean, _ = h.Mean(); mean < 0 {
		t.Errorf("mean after merging = %v, want not negative", mean)
	}
}

func TestQuantilesAgreeWithSortedSamplesWithinThreeFigures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := samples(1).Draw(t, "samples")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		h := of(list...)
		slices.Sort(list)
		want := list[max(int(math.Ceil(q*float64(len(list))-1e-6)), 1)-1]
		if want > latency.Range {
			want = list[len(list)-1]
		}
		if got := h.At(q); !close3(got, want) {
			t.Fatalf("At(%v) = %v, sorted samples say %v", q, got, want)
		}
		if got, ok := h.Quantile(q); ok && !close3(got, want) {
			t.Fatalf("Quantile(%v) = %v, sorted samples say %v", q, got, want)
		}
	})
}

// close3 tells whether got is want to three significant figures.
func close3(got, want time.Duration) bool {
	return math.Abs(float64(got-want)) <= float64(want)/1000
}

func TestAQuantileRankIsNotRaisedByRounding(t *testing.T) {
	h := latency.New()
	for i := range 100 {
		h.Record(time.Duration(i + 1))
	}
	// 100 × 0.07 is 7.000000000000001 in floating point.
	if got := h.At(0.07); got != 7 {
		t.Errorf("At(0.07) of 1..100 ns = %d, want 7", got)
	}
}

func TestMergingIsTheSameAsRecordingEverythingInOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := samples(0).Draw(t, "a"), samples(0).Draw(t, "b")
		merged, err := latency.Merged(of(a...), of(b...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := difference(merged, of(slices.Concat(a, b)...)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// difference says in what two histograms differ.
func difference(got, want *latency.Hist) string {
	gotMean, _ := got.Mean()
	wantMean, _ := want.Mean()
	switch {
	case got.Count() != want.Count():
		return "the counts differ"
	case got.Overflow() != want.Overflow():
		return "the overflows differ"
	case got.Max() != want.Max():
		return "the maxima differ"
	case gotMean != wantMean:
		return "the means differ"
	case !got.HDR().Equals(want.HDR()):
		return "the buckets differ"
	}
	return ""
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	h := latency.New()
	d := time.Microsecond
	if n := testing.AllocsPerRun(1000, func() { h.Record(d); d += d / 7 % latency.Range }); n != 0 {
		t.Errorf("Record allocates %v times, want 0", n)
	}
}

func BenchmarkCostOfASample(b *testing.B) {
	h := latency.New()
	d := time.Microsecond
	b.ReportAllocs()
	for b.Loop() {
		h.Record(d)
		d = (d*7 + 11) % (100 * time.Millisecond)
	}
}
