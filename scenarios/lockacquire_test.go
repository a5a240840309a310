package scenarios

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
)

// The counts do not depend on time, so they are compared without tolerance.
func TestEveryClientThatDiesBetweenSETNXAndEXPIRELeavesALockForEver(t *testing.T) {
	benchtest.Counts(t)
	duel := benchtest.TestScenario(t, lockAcquire())
	for side, want := range map[string]float64{
		bench.Pattern: 0, bench.AntiPattern: acquireCrashes, acquireInMulti: 0, acquireProlonged: 0, acquireInLua: 0,
	} {
		if died := duel.Value("clients that died", side); died != acquireCrashes {
			t.Errorf("%s: %g clients died, want %d", side, died, acquireCrashes)
		}
		if got := duel.Value(duel.Primary.Name, side); got != want {
			t.Errorf("%s: %g locks for ever, want %g", side, got, want)
		}
	}
}

func TestPEXPIREInATransactionProlongsTheLockOfAnotherUnlessToldNotTo(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.Redis(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr()}, Password: server.Password(), ForceSingleClient: true, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, nx := range []bool{false, true} {
		key, take := fmt.Sprintf("nx=%v", nx), acquireTransaction(nx)
		for token, ttl := range []time.Duration{time.Minute, time.Hour} {
			if taken, err := take(t.Context(), client, key, strconv.Itoa(token), ttl); err != nil || taken != (token == 0) {
				t.Fatalf("%s: attempt %d gave %v, %v", key, token, taken, err)
			}
		}
		left, err := client.Do(t.Context(), client.B().Pttl().Key(key).Build()).AsInt64()
		if prolonged := left > time.Minute.Milliseconds(); err != nil || left <= 0 || prolonged == nx {
			t.Errorf("%s: the lock lives for %d ms, %v", key, left, err)
		}
	}
}

func TestAClientThatDiesAfterEXPIRELeavesNoLockForEver(t *testing.T) {
	benchtest.Counts(t)
	duel := benchtest.Fight(t, lockAcquire().Sweeps[0].At(2))
	if duel.Failed != "" {
		t.Fatal(duel.Failed)
	}
	if got := duel.Value(duel.Primary.Name, bench.AntiPattern); got != 0 {
		t.Errorf("%g locks for ever", got)
	}
}
