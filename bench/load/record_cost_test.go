package load

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkCostOfRecording records an operation with its three times: response,
// service, lateness. Of more than maxRecorders workers, several share a recorder
// and lock it.
func BenchmarkCostOfRecording(b *testing.B) {
	for _, shared := range []bool{false, true} {
		b.Run(fmt.Sprintf("shared=%v", shared), func(b *testing.B) {
			r := newRecorder(Spec{})
			r.shared = shared
			measured := time.Now()
			var calls [1024]call // up to 8 ms, as they come on a near network
			for i := range calls {
				c := &calls[i]
				c.due = measured.Add(time.Duration(i) * time.Millisecond)
				c.start = c.due.Add(time.Duration(i%100) * time.Microsecond)
				c.done = c.start.Add(time.Millisecond + time.Duration(i*i%7000)*time.Microsecond)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.record(&calls[i%len(calls)], measured)
			}
		})
	}
}
