package latency_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"

	"redisduel/bench/latency"
)

func TestAHistogramSurvivesJSONWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := of(samples(0).Draw(t, "samples")...)
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got latency.Hist
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if diff := difference(&got, want); diff != "" {
			t.Fatal(diff)
		}
	})
}

// encoded is an HDR histogram of the geometry with one sample of 1 ms.
func encoded(t testing.TB, lowest, highest int64, figures int) string {
	t.Helper()
	h := hdrhistogram.New(lowest, highest, figures)
	if err := h.RecordValue(int64(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	data, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestADamagedHistogramIsRefusedByName(t *testing.T) {
	const one = `{"count":1,"max_ns":1000000,"sum_ns":1000000,"hdr":%q}`
	good := encoded(t, 1, int64(latency.Range), 3)
	for name, tt := range map[string]struct{ data, want string }{
		"not an object":      {`[]`, "cannot unmarshal"},
		"fractional count":   {`{"count":1.5}`, "cannot unmarshal"},
		"not base64":         {fmt.Sprintf(one, "!"), "illegal base64"},
		"too short":          {fmt.Sprintf(one, "HISTFA=="), "unexpected EOF"},
		"not compressed":     {fmt.Sprintf(one, "HISTFAAAAAAAAAAAAAAA"), "zlib"},
		"cut":                {fmt.Sprintf(one, good[:len(good)/8*4]), "unexpected EOF"},
		"wider buckets":      {fmt.Sprintf(one, encoded(t, 1, 1<<62, 5)), "are wanted"},
		"coarser buckets":    {fmt.Sprintf(one, encoded(t, 1, int64(latency.Range), 2)), "are wanted"},
		"buckets missing":    {`{"count":1,"max_ns":1000000,"sum_ns":1000000}`, "do not make 1"},
		"count too small":    {strings.Replace(fmt.Sprintf(one, good), `"count":1`, `"count":0`, 1), "do not make 0"},
		"negative overflow":  {`{"count":-1,"overflow":-1}`, "negative"},
		"count wraps":        {strings.Replace(fmt.Sprintf(one, good), `"count":1`, `"count":-9223372036854775808,"overflow":9223372036854775807`, 1), "do not make"},
		"maximum elsewhere":  {strings.Replace(fmt.Sprintf(one, good), `"max_ns":1000000`, `"max_ns":2000000`, 1), "buckets end elsewhere"},
		"maximum of nothing": {`{"max_ns":1}`, "buckets end elsewhere"},
		"overflow in range":  {`{"count":1,"overflow":1,"max_ns":5,"sum_ns":5}`, "buckets end elsewhere"},
		"sum too large":      {strings.Replace(fmt.Sprintf(one, good), `"sum_ns":1000000`, `"sum_ns":1000001`, 1), "too large"},
		"sum of nothing":     {`{"sum_ns":1}`, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			h := of(time.Second)
			err := json.Unmarshal([]byte(tt.data), h)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", err, tt.want)
			}
			if h.Count() != 1 || h.Max() != time.Second {
				t.Error("the refused input changed the histogram")
			}
		})
	}
}

func FuzzDecodingIsConsistentOrRefused(f *testing.F) {
	for _, h := range []*latency.Hist{of(), of(0), of(time.Millisecond, time.Hour), of(repeated(2000, time.Second)...)} {
		data, err := json.Marshal(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(fmt.Appendf(nil, `{"count":1,"hdr":%q}`, encoded(f, 1, 1<<62, 5)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var h latency.Hist
		if json.Unmarshal(data, &h) != nil || bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
			return
		}
		if lowest, highest := h.At(0), h.At(1); lowest > highest || highest > h.Max() || h.Overflow() > h.Count() {
			t.Errorf("accepted %s: minimum %v, At(1) %v, maximum %v, overflow %d of %d",
				data, lowest, highest, h.Max(), h.Overflow(), h.Count())
		}
		if _, err := json.Marshal(&h); err != nil {
			t.Error(err)
		}
	})
}
