package bench_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
)

// TestAConnectionThatCannotBeMadeIsNamedAndOtherDuelsGoOn fights two duels. In
// the first, each op of the pattern opens a connection, and none can be had.
func TestAConnectionThatCannotBeMadeIsNamedAndOtherDuelsGoOn(t *testing.T) {
	benchtest.Counts(t)
	for class, exhaust := range map[string]func(context.Context, *bench.Env, *rueidis.ClientOption) error{
		load.ClassPorts: noPortLeft,
		"maxclients":    noClientMore,
	} {
		t.Run(class, func(t *testing.T) {
			c, _ := config(t, short(1, 100*time.Millisecond))
			c.Trial = nil // the processes of the test binary know the echo scenario alone
			s := echo()
			s.Name, s.Pattern = "connections", connects(exhaust)
			c.Scenarios = []bench.Scenario{s, echo()}
			result, err := bench.Run(t.Context(), c)
			if !errors.Is(err, bench.ErrFailed) || len(result.Duels) != 2 || result.Partial != "" {
				t.Fatalf("%d duels, partial because of %q, error %v; want both duels", len(result.Duels), result.Partial, err)
			}
			first := &result.Duels[0]
			if !strings.Contains(first.Failed, class) {
				t.Errorf("the first duel failed because of %q, want %s", first.Failed, class)
			}
			for _, trial := range first.Trials {
				if r := trial.Load; trial.Side == bench.Pattern && (r.OK != 0 || r.Failed != r.Intended || r.Errors[class] != r.Failed) {
					t.Errorf("%d ok, %d of %d failed, %v; want all of them as %s", r.OK, r.Failed, r.Intended, r.Errors, class)
				}
			}
			if second := &result.Duels[1]; second.Failed != "" || len(second.Trials) != 3 {
				t.Errorf("the second duel failed in %d trials: %s", len(second.Trials), second.Failed)
			}
		})
	}
}

// connects makes a side whose ops each open a connection, when there is none
// left.
func connects(exhaust func(context.Context, *bench.Env, *rueidis.ClientOption) error) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		option := env.Option()
		if err := exhaust(ctx, env, &option); err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ int) error {
			client, err := rueidis.NewClient(option)
			if err != nil {
				return err
			}
			defer client.Close()
			return client.Do(ctx, client.B().Ping().Build()).Error()
		}, nil
	}
}

// noClientMore has the server refuse connections until the load has ended.
func noClientMore(ctx context.Context, env *bench.Env, _ *rueidis.ClientOption) error {
	client, err := env.Client(ctx)
	if err != nil {
		return err
	}
	limit := func(n string) error {
		return client.Do(ctx, client.B().ConfigSet().ParameterValue().ParameterValue("maxclients", n).Build()).Error()
	}
	env.AtEnd(func(context.Context) error { return limit("10000") })
	return limit("1")
}

// noPortLeft has all connections leave from one port, which is in use: the
// kernel says the same when all ports are.
func noPortLeft(ctx context.Context, env *bench.Env, option *rueidis.ClientOption) error {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) })
	}}
	first, err := dialer.DialContext(ctx, "tcp", option.InitAddress[0])
	if err != nil {
		return err
	}
	env.Defer(func() { _ = first.Close() })
	dialer.LocalAddr = first.LocalAddr()
	option.DialCtxFn = func(ctx context.Context, address string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", address)
	}
	return nil
}
