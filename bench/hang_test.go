package bench

import (
	"strings"
	"testing"
	"time"
)

func TestATrialThatHangsSaysWhere(t *testing.T) {
	// Sleep does not read its orders, nor does it answer; a shell stands in for
	// the runtime of a Go program that lists its goroutines.
	p, err := spawn([]string{"sh", "-c", `trap 'echo "goroutine 1 [stuck]" >&2; exit 2' QUIT; while :; do sleep 0.05; done`}, nil, trialSpec{})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	err = p.ready(t.Context(), 100*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "not ready") || !strings.Contains(err.Error(), "goroutine 1 [stuck]") {
		t.Errorf("error %v, want one that says where it hung", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v to give up", took)
	}
}
