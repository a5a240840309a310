package peers

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"redisduel/bench/redisd"
)

func server(t *testing.T) *run {
	t.Helper()
	binary, err := redisd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := redisd.Start(t.Context(), binary, redisd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := &run{Options: Options{Quick: true, Log: func(string) {}}, server: s, result: &Result{}}
	if err := put(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return r
}

// redis-benchmark comes with redis-server in most packages, but not in all.
func TestRedisBenchmarkIsRunAndItsCPUTimeCounted(t *testing.T) {
	r := server(t)
	if _, err := exec.LookPath(redisBenchmark); err != nil {
		t.Logf("%v: only what is said then is tested", err)
		if _, _, err := r.runBenchmark(t.Context(), contender{redisBenchmark, 2, 1, false}, 100); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("got %v, want %v", err, exec.ErrNotFound)
		}
		return
	}
	if err := r.seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, f, err := r.runBenchmark(t.Context(), contender{redisBenchmark, 10, 4, false}, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if got.rate <= 0 || got.max < got.p50 || f.cpu <= 0 || f.wall <= 0 {
		t.Errorf("got %+v of %+v, want all of them to be something", got, f)
	}
}

func TestTheServerSaysHowManyGETsItAnswered(t *testing.T) {
	r := server(t)
	before, err := r.gets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := drive{conns: 1, depth: 16, lasts: time.Millisecond}
	if _, err := d.run(t.Context(), through(plainDial, r.server.Addr(), r.server.Password()), request, reply); err != nil {
		t.Fatal(err)
	}
	after, err := r.gets(t.Context())
	if got := after - before; err != nil || got < 16 || got%16 != 0 {
		t.Errorf("%d GETs were answered (%v), want some batches of 16", got, err)
	}
}

func TestADriveReadsWhatIsStoredAndSaysIfItIsAnother(t *testing.T) {
	r := server(t)
	d := drive{conns: 3, depth: 16, lasts: time.Millisecond}
	dial := through(plainDial, r.server.Addr(), r.server.Password())
	got, err := d.run(t.Context(), dial, request, reply)
	if err != nil || got.median <= 0 || got.rate <= 0 {
		t.Errorf("got %+v (%v), want a time and a rate", got, err)
	}
	wrong := append([]byte(nil), reply...)
	wrong[len(wrong)-3]++
	if _, err := d.run(t.Context(), dial, request, wrong); err == nil {
		t.Error("a wrong answer is none")
	}
}

func TestADriveEndsWithItsContext(t *testing.T) {
	r := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	d := drive{conns: 2, depth: 1, lasts: time.Hour}
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := d.run(ctx, through(plainDial, r.server.Addr(), r.server.Password()), request, reply); err == nil {
		t.Error("the drive ended without an error")
	}
}

func TestAProgramThatRunsForEverEndsWithStop(t *testing.T) {
	d, err := start(t.Context(), "sleep", "1000")
	if err != nil {
		t.Fatal(err)
	}
	d.stop()
	if d.cmd.ProcessState == nil || d.cmd.ProcessState.Success() {
		t.Errorf("it ended with %v, want a kill", d.cmd.ProcessState)
	}
	if err := d.ready(t.Context(), func(context.Context) error { return errors.New("no") }); err == nil {
		t.Error("a program that has ended is ready")
	}
}
