package benchtest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// leavesNothingRunning does something and waits for the goroutines that it
// started, and those that they started, to end. They are told from those of
// tests that run at the same time by a label, which a goroutine inherits.
func leavesNothingRunning(t *testing.T, do func()) {
	t.Helper()
	pprof.Do(t.Context(), pprof.Labels("of", t.Name()), func(context.Context) { do() })
	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if left = running(t.Name()); len(left) == 0 {
			return
		}
	}
	t.Errorf("left running:\n%s", strings.Join(left, "\n\n"))
}

// running are the goroutines with a label, each kind once. A cluster client keeps
// a connection that it no longer needs for five more seconds, in a goroutine that
// ends by itself and that Close does not wait for.
func running(label string) (kinds []string) {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1) // a buffer takes all
	for kind := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(kind, fmt.Sprintf("{%q:%q}", "of", label)) && !strings.Contains(kind, "rueidis.(*clusterClient)._refresh.func2") {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
