package bench_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/clock"
	"redisduel/bench/load"
	"redisduel/bench/netem"
)

// TestAnAnswerThatIsCutShortIsNeverAnotherOne ends connections after each
// number of bytes that a server says, from its greeting to the last byte of a
// value, in good order and by a reset. The client must not make a value of what
// came, and must be of use again once the network is whole.
func TestAnAnswerThatIsCutShortIsNeverAnotherOne(t *testing.T) {
	server := benchtest.Redis(t)
	password := server.Password()
	direct := benchtest.Connect(t, bench.Target{URL: "redis://:" + password + "@" + server.Addr()})
	const value = "a value"
	if err := direct.Do(t.Context(), direct.B().Set().Key("k").Value(value).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	address, network := behind(t, server.Addr())
	for _, reset := range []bool{false, true} {
		inject := func(cut *netem.Cut) {
			if err := network.Inject(netem.Faults{CutReplies: cut}); err != nil {
				t.Fatal(err)
			}
		}
		cuts, greeted := 0, 0
		for whole := false; !whole; cuts++ {
			inject(&netem.Cut{After: int64(cuts), Reset: reset})
			client, err := rueidis.NewClient(rueidis.ClientOption{
				InitAddress: []string{address}, Password: password, ClientSetInfo: []string{},
				ForceSingleClient: true, DisableRetry: true, DisableCache: true, DisableAutoPipelining: true,
			})
			if err != nil {
				continue // it was cut in the greeting
			}
			greeted++
			err = getsK(t, client, value)
			if whole = err == nil; !whole {
				inject(nil)
				recovers(t, client, value, cuts)
			}
			client.Close()
		}
		if greeted < len("$7\r\na value\r\n") || cuts-greeted < 100 {
			t.Errorf("cut at %d bytes, %d of them after the greeting: want each byte of both", cuts, greeted)
		}
	}
}

// getsK gets the key and wants its value or an error.
func getsK(t *testing.T, client rueidis.Client, want string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	got, err := client.Do(ctx, client.B().Get().Key("k").Build()).ToString()
	if err == nil && got != want {
		t.Errorf("%q arrived as %q", want, got)
		return load.ErrWrongAnswer
	}
	return err
}

// recovers wants a client to connect again, at its second call at the latest:
// the first may still meet the connection that ended.
func recovers(t *testing.T, client rueidis.Client, value string, cut int) {
	t.Helper()
	if err := getsK(t, client, value); err != nil {
		if again := getsK(t, client, value); again != nil {
			t.Fatalf("after a cut at %d bytes: %v", cut, errors.Join(err, again))
		}
	}
}

func TestAResetCostsTheOpsInFlightAndNoOther(t *testing.T) {
	const workers, resets = 8, 3
	server := benchtest.Redis(t)
	address, network := behind(t, server.Addr())
	target := bench.Target{URL: "redis://:" + server.Password() + "@" + address}
	s := echo()
	bout := benchtest.Prepared(t, benchtest.ArenaOn(t, &s, benchtest.At(target), 0), bench.Pattern)
	spec := load.Spec{Mode: load.Job, Ops: 400, Workers: workers}
	result, err := load.Run(t.Context(), load.Plan{Spec: spec, Clock: clock.Precise(), Classify: bench.Classify}, func(ctx context.Context, i int) error {
		if i%100 == 50 && i < resets*100 {
			network.Reset()
		}
		return bout.Op(ctx, i)
	})
	if err != nil {
		t.Fatal(err)
	}
	lost := result.Failed + result.Unknown
	if lost == 0 || lost > resets*workers || result.Errors[load.ClassLost] != lost {
		t.Errorf("%d resets cost %d ops of %d, %v; want %d at most, and all as lost connections", resets, lost, result.Intended, result.Errors, resets*workers)
	}
}
