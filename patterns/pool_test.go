package patterns_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench/benchtest"
	"redisduel/bench/redisd"
	"redisduel/patterns"
)

// A lender is what both pools are.
type lender interface {
	Do(context.Context, func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult
	Hold(context.Context, func(rueidis.CommandClient) error) error
	Health() error
	Close()
}

// poolMakers opens a pool of each package.
var poolMakers = map[string]func(option rueidis.ClientOption, size int, acquire, check time.Duration) (lender, error){
	"pattern": func(option rueidis.ClientOption, size int, acquire, check time.Duration) (lender, error) {
		return patterns.NewPool(option, patterns.PoolConfig{Size: size, Acquire: acquire, HealthCheck: check})
	},
	"antipattern": func(option rueidis.ClientOption, size int, acquire, check time.Duration) (lender, error) {
		return antipatterns.NewPool(option, antipatterns.PoolConfig{Size: size, Acquire: acquire, HealthCheck: check})
	},
}

// eachPool runs a test on a pool of both packages.
func eachPool(t *testing.T, option rueidis.ClientOption, size int, acquire, check time.Duration, test func(*testing.T, lender)) {
	t.Helper()
	for name, open := range poolMakers {
		t.Run(name, func(t *testing.T) {
			pool, err := open(option, size, acquire, check)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			test(t, pool)
		})
	}
}

// openPool opens a pool that ends with the test.
func openPool(t *testing.T, option rueidis.ClientOption, config patterns.PoolConfig) *patterns.Pool {
	t.Helper()
	pool, err := patterns.NewPool(option, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func poolOption(address, password string) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress: []string{address}, Password: password, ForceSingleClient: true,
		DisableCache: true, DisableRetry: true, ReadBufferEachConn: 4096, WriteBufferEachConn: 4096,
	}
}

func poolPing(b rueidis.Builder) rueidis.Completed { return b.Ping().Build() }

func poolIncr(key string) func(rueidis.Builder) rueidis.Completed {
	return func(b rueidis.Builder) rueidis.Completed { return b.Incr().Key(key).Build() }
}

// occupyPool holds n connections of a pool. The function that it returns gives
// one back, and the end of the test the others.
func occupyPool(t *testing.T, pool lender, n int) (giveBack func()) {
	t.Helper()
	var held, done sync.WaitGroup
	release := make(chan struct{})
	t.Cleanup(func() {
		close(release)
		done.Wait()
	})
	held.Add(n)
	for range n {
		done.Go(func() {
			err := pool.Hold(context.WithoutCancel(t.Context()), func(rueidis.CommandClient) error {
				held.Done()
				<-release
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	held.Wait()
	return func() { release <- struct{}{} }
}

// poolUntil waits for a condition.
func poolUntil(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// poolAccepted is the number of connections that a server has accepted.
func poolAccepted(t *testing.T, client rueidis.Client) (n int) {
	t.Helper()
	const field = "total_connections_received:"
	info, err := do(t, client, "INFO", "stats").ToString()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(info[strings.Index(info, field)+len(field):], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPoolReusesItsConnectionsAndItsTwinOpensOneForEachCall(t *testing.T) {
	client, server := dial(t)
	want := map[string]int{"pattern": 0, "antipattern": 1}
	for name, open := range poolMakers {
		t.Run(name, func(t *testing.T) {
			pool, err := open(poolOption(server.Addr(), server.Password()), 4, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			call := map[string]func() error{
				"Do": func() error { return pool.Do(t.Context(), poolPing).Error() },
				"Hold": func() error {
					return pool.Hold(t.Context(), func(c rueidis.CommandClient) error { return c.Do(t.Context(), poolPing(c.B())).Error() })
				},
			}
			for what, call := range call {
				if err := call(); err != nil { // the pool opens its connection here
					t.Fatal(err)
				}
				const calls = 20
				before := poolAccepted(t, client)
				for range calls {
					if err := call(); err != nil {
						t.Fatal(err)
					}
				}
				if got := poolAccepted(t, client) - before; got != calls*want[name] {
					t.Errorf("%d calls of %s opened %d connections, want %d", calls, what, got, calls*want[name])
				}
			}
		})
	}
}

func TestBothPoolsReturnWhatTheServerAnswers(t *testing.T) {
	client, server := dial(t)
	eachPool(t, poolOption(server.Addr(), server.Password()), 4, 0, 0, func(t *testing.T, pool lender) {
		do(t, client, "SET", "number", "41")
		if got, err := pool.Do(t.Context(), poolIncr("number")).AsInt64(); got != 42 || err != nil {
			t.Errorf("INCR gave %d, %v", got, err)
		}
		do(t, client, "SET", "number", "text")
		if _, ok := rueidis.IsRedisErr(pool.Do(t.Context(), poolIncr("number")).Error()); !ok {
			t.Error("INCR of a text did not fail")
		}
		mine := errors.New("mine")
		if err := pool.Hold(t.Context(), func(rueidis.CommandClient) error { return mine }); !errors.Is(err, mine) {
			t.Errorf("Hold returned %v", err)
		}
	})
}

func TestCommandsOnAHeldConnectionBelongTogether(t *testing.T) {
	client, server := dial(t)
	eachPool(t, poolOption(server.Addr(), server.Password()), 4, 0, 0, func(t *testing.T, pool lender) {
		err := pool.Hold(t.Context(), func(c rueidis.CommandClient) error {
			if err := c.Do(t.Context(), c.B().Watch().Key("watched").Build()).Error(); err != nil {
				return err
			}
			do(t, client, "INCR", "watched") // somebody else comes between
			results := c.DoMulti(t.Context(), c.B().Multi().Build(), c.B().Incr().Key("watched").Build(), c.B().Exec().Build())
			return results[2].Error()
		})
		if !rueidis.IsRedisNil(err) {
			t.Errorf("EXEC gave %v although the watched key had changed", err)
		}
	})
}

// waitFor says how a call over a full pool ended, and how long it waited.
func waitFor(ctx context.Context, pool lender) (time.Duration, error) {
	begin := time.Now()
	err := pool.Do(ctx, poolPing).Error()
	return time.Since(begin), err
}

func TestACallOverAFullPoolWaitsNoLongerThanItMay(t *testing.T) {
	_, server := dial(t)
	const acquire = 100 * time.Millisecond
	eachPool(t, poolOption(server.Addr(), server.Password()), 2, acquire, 0, func(t *testing.T, pool lender) {
		giveBack := occupyPool(t, pool, 2)
		exhausted := patterns.ErrPoolExhausted
		if _, ok := pool.(*antipatterns.Pool); ok {
			exhausted = antipatterns.ErrPoolExhausted
		}
		if waited, err := waitFor(t.Context(), pool); !errors.Is(err, exhausted) || waited < acquire || waited > acquire+time.Second {
			t.Errorf("a call without a deadline waited %v and ended with %v", waited, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), acquire/10)
		defer cancel()
		if waited, err := waitFor(ctx, pool); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exhausted) || waited > acquire {
			t.Errorf("a call with an earlier deadline waited %v and ended with %v", waited, err)
		}
		giveBack()
		if _, err := waitFor(t.Context(), pool); err != nil {
			t.Errorf("a call failed although a connection had come back: %v", err)
		}
		cancel()
		if waited, err := waitFor(ctx, pool); err == nil || waited > acquire {
			t.Errorf("a call that had ended before waited %v and ended with %v", waited, err)
		}
	})
}

func TestAPoolTellsHowLongEachCallWaited(t *testing.T) {
	_, server := dial(t)
	waits := make(chan time.Duration, 2)
	pool := openPool(t, poolOption(server.Addr(), server.Password()), patterns.PoolConfig{Size: 1, OnWait: func(d time.Duration) { waits <- d }})
	giveBack := occupyPool(t, pool, 1)
	if waited := <-waits; waited != 0 {
		t.Errorf("the first call waited %v", waited)
	}
	call := make(chan error, 1)
	go func() { call <- pool.Do(t.Context(), poolPing).Error() }()
	poolUntil(t, "a call waits", func() bool { return pool.Usage() == patterns.PoolUsage{InUse: 1, Waiting: 1, Size: 1} })
	const lent = 20 * time.Millisecond
	time.Sleep(lent)
	giveBack()
	if err := <-call; err != nil {
		t.Error(err)
	}
	if waited := <-waits; waited < lent {
		t.Errorf("the second call is said to have waited %v, but did at least %v", waited, lent)
	}
	poolUntil(t, "all is back", func() bool { return pool.Usage() == patterns.PoolUsage{Size: 1} })
}

func TestThePoolRaisesTheAlertAtEightyPercentAndAgainOnlyAfterItFell(t *testing.T) {
	_, server := dial(t)
	var alerts atomic.Int64
	pool := openPool(t, poolOption(server.Addr(), server.Password()), patterns.PoolConfig{Size: 5, Alert: func(u patterns.PoolUsage) {
		if u.InUse != 4 || u.Size != 5 {
			t.Errorf("alert at %+v", u)
		}
		alerts.Add(1)
	}})
	var back []func()
	for i, step := range []struct {
		lent int
		want int64
	}{{3, 0}, {4, 1}, {5, 1}, {4, 1}, {5, 1}, {3, 1}, {4, 2}, {0, 2}, {4, 3}} {
		for len(back) < step.lent {
			back = append(back, occupyPool(t, pool, 1))
		}
		for ; len(back) > step.lent; back = back[1:] {
			back[0]()
		}
		poolUntil(t, "the usage is as wanted", func() bool { return pool.Usage().InUse == step.lent })
		if got := alerts.Load(); got != step.want {
			t.Fatalf("step %d, with %d connections lent: %d alerts, want %d", i, step.lent, got, step.want)
		}
	}
}

// restartable returns options that lead to whatever server was stored last, as
// if it had been restarted at the same address.
func restartable(server *atomic.Pointer[redisd.Server]) rueidis.ClientOption {
	option := poolOption("restartable:6379", "")
	option.DialCtxFn = func(ctx context.Context, _ string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", server.Load().Addr())
	}
	option.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
		return rueidis.AuthCredentials{Username: "default", Password: server.Load().Password()}, nil
	}
	return option
}

func TestTheHealthCheckNoticesAStoppedServerAndItsRestart(t *testing.T) {
	for name, open := range poolMakers {
		t.Run(name, func(t *testing.T) {
			var server atomic.Pointer[redisd.Server]
			server.Store(benchtest.Redis(t))
			const size = 4
			pool, err := open(restartable(&server), size, 0, 20*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			if err := pool.Do(t.Context(), poolPing).Error(); err != nil || pool.Health() != nil {
				t.Fatalf("a healthy server: %v, %v", err, pool.Health())
			}
			if err := server.Load().Close(); err != nil {
				t.Fatal(err)
			}
			poolUntil(t, "the check fails", func() bool { return pool.Health() != nil })
			if err := pool.Do(t.Context(), poolPing).Error(); err == nil {
				t.Error("a dead server answered")
			}
			server.Store(benchtest.Redis(t))
			poolUntil(t, "the check succeeds", func() bool { return pool.Health() == nil })
			failed := 0
			for pool.Do(t.Context(), poolPing).Error() != nil {
				if failed++; failed > size {
					t.Fatalf("%d calls failed after the restart, more than there are connections", failed)
				}
			}
		})
	}
}

func TestAStalledServerCostsCallsTheirDeadlineAndThePoolNothing(t *testing.T) {
	_, server := dial(t)
	const size, deadline = 3, 50 * time.Millisecond
	eachPool(t, poolOption(server.Addr(), server.Password()), size, 0, 0, func(t *testing.T, pool lender) {
		call := func() (time.Duration, error) {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			return waitFor(ctx, pool)
		}
		if _, err := call(); err != nil {
			t.Fatal(err)
		}
		stall(t, server, func() {
			for range 2 * size {
				waited, err := call()
				if err == nil || waited > deadline+time.Second {
					t.Errorf("a call with a deadline of %v ended after %v with %v", deadline, waited, err)
				}
			}
		})
		occupyPool(t, pool, size) // all of it is there to be lent
	})
}

// stall stops a server while fn runs.
func stall(t *testing.T, server *redisd.Server, fn func()) {
	t.Helper()
	if err := syscall.Kill(server.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Kill(server.PID(), syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}()
	fn()
}

func TestUsageReturnsToNothingWhateverBecameOfTheCalls(t *testing.T) {
	client, server := dial(t)
	do(t, client, "SET", "text", "abc")
	pool := openPool(t, poolOption(server.Addr(), server.Password()), patterns.PoolConfig{Size: 3, Acquire: time.Millisecond})
	var calls sync.WaitGroup
	for i := range 60 {
		calls.Go(func() {
			defer func() { _ = recover() }()
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond)
			defer cancel()
			switch i % 3 {
			case 0:
				_ = pool.Do(ctx, poolIncr("text")).Error() // fails, or was too late
			case 1:
				_ = pool.Hold(ctx, func(c rueidis.CommandClient) error { return c.Do(ctx, poolPing(c.B())).Error() })
			case 2:
				_ = pool.Hold(ctx, func(rueidis.CommandClient) error { panic("the caller's") })
			}
		})
	}
	calls.Wait()
	if got, want := pool.Usage(), (patterns.PoolUsage{Size: 3}); got != want {
		t.Errorf("%+v after all calls have ended, want %+v", got, want)
	}
	occupyPool(t, pool, 3)
}

func TestAClosedPoolSaysSoAndLeavesCallsInFlightTheirAnswers(t *testing.T) {
	client, server := dial(t)
	pool := openPool(t, poolOption(server.Addr(), server.Password()), patterns.PoolConfig{Size: 2, HealthCheck: time.Hour})
	answer := make(chan error, 1)
	go func() {
		answer <- pool.Do(t.Context(), func(b rueidis.Builder) rueidis.Completed { return b.Blpop().Key("list").Timeout(20).Build() }).Error()
	}()
	poolUntil(t, "a call is in flight", func() bool {
		info, _ := do(t, client, "INFO", "clients").ToString()
		return strings.Contains(info, "blocked_clients:1\r")
	})
	pool.Close()
	if err := pool.Do(t.Context(), poolPing).Error(); !errors.Is(err, rueidis.ErrClosing) {
		t.Errorf("a call after Close ended with %v", err)
	}
	do(t, client, "RPUSH", "list", "element")
	if err := <-answer; err != nil {
		t.Errorf("a call that was in flight ended with %v", err)
	}
}

func TestAHundredPoolsLeaveNoFilesBehind(t *testing.T) {
	_, server := dial(t)
	for name, open := range poolMakers { // goroutines are counted after all tests
		t.Run(name, func(t *testing.T) {
			before := openFiles(t)
			for range 100 {
				pool, err := open(poolOption(server.Addr(), server.Password()), 2, 0, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(pool.Do(t.Context(), poolPing).Error(), pool.Hold(t.Context(), func(rueidis.CommandClient) error { return nil })); err != nil {
					t.Fatal(err)
				}
				pool.Close()
			}
			poolUntil(t, "as few files are open as before", func() bool { return openFiles(t) <= before })
		})
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestAPoolThatCannotConnectSaysWhy(t *testing.T) {
	_, server := dial(t)
	for name, open := range poolMakers {
		if _, err := open(poolOption(server.Addr(), "wrong"), 1, 0, 0); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
		if _, err := open(poolOption(server.Addr(), server.Password()), -1, 0, 0); err == nil {
			t.Errorf("%s: a pool of -1 connections was made", name)
		}
	}
}
