package scenarios

import (
	"testing"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

func TestACallByEVALSendsWhatTheArithmeticSaysMoreThanOneByEVALSHA(t *testing.T) {
	benchtest.Counts(t)
	duel := benchtest.TestScenario(t, evalsha())
	const bytes = "bytes in per call"
	byDigest, byBody := duel.Value(bytes, bench.Pattern), duel.Value(bytes, bench.AntiPattern)
	if byBody-byDigest != 959 {
		t.Errorf("EVAL sent %v bytes a call and EVALSHA %v: the difference is %v, want 959 to the byte", byBody, byDigest, byBody-byDigest)
	}
	for _, p := range duel.Predictions[:2] {
		if got := duel.Value(bytes, p.Side); got != float64(p.Value) {
			t.Errorf("the %s sent %v bytes a call, its request in RESP has %v", p.Side, got, p.Value)
		}
	}
	for side, want := range map[string]float64{bench.Pattern: 0, bench.AntiPattern: 0, "EVALSHA pipelined": 0, "FCALL": 0} {
		if got := duel.Value("recoveries from NOSCRIPT", side); got != want {
			t.Errorf("%s: %v recoveries, want %v", side, got, want)
		}
	}
	if got := duel.Value("recoveries from NOSCRIPT", "EVALSHA, flushed meanwhile"); got < 1 {
		t.Errorf("%v recoveries although scripts were flushed", got)
	}
	for _, trial := range duel.Trials {
		if lost := trial.Load.Failed + trial.Load.Unknown; lost > 0 {
			t.Errorf("%s: %d calls failed, want none, flushes or not", trial.Side, lost)
		}
	}
}

func TestTheLengthOfARequestIsThatOfItsRESP(t *testing.T) {
	if got, want := requestBytes("EVAL", "return 1", "0"), len("*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n"); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	for bytes, want := range map[int]int{43: 0, 95: 52, 1000: 959} {
		if got := evalRequest(bytes, sameKey) - evalshaRequest(sameKey); got != want {
			t.Errorf("a body of %d bytes takes %d bytes more than its digest, want %d", bytes, got, want)
		}
		if got := len(scriptOf(bytes)); got != bytes {
			t.Errorf("a script of %d bytes has %d", bytes, got)
		}
	}
}

func TestABodyOf43BytesBreaksEven(t *testing.T) {
	benchtest.Counts(t)
	sweep := evalshaLengths()
	for _, bytes := range []float64{40, 43, 100} {
		at := sweep.At(bytes)
		duel := benchtest.Fight(t, at)
		pattern, antipattern := sweep.Predict(bench.Setting{}, bytes)
		if got := duel.Value(at.Primary.Name, bench.Pattern); got != pattern {
			t.Errorf("%v bytes: EVALSHA sent %v bytes a call, predicted %v", bytes, got, pattern)
		}
		if got := duel.Value(at.Primary.Name, bench.AntiPattern); got != antipattern {
			t.Errorf("%v bytes: EVAL sent %v bytes a call, predicted %v", bytes, got, antipattern)
		}
		if even := pattern == antipattern; even != (bytes == 43) {
			t.Errorf("even is %v at %v bytes", even, bytes)
		}
	}
}
