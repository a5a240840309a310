package scenarios_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/bench/benchtest"
	"redisduel/patterns"
)

// dial starts a server and connects to it; both end with the test.
func dial(t *testing.T) (rueidis.Client, rueidis.ClientOption) {
	t.Helper()
	server := benchtest.Redis(t)
	option := rueidis.ClientOption{InitAddress: []string{server.Addr()}, Password: server.Password(), ForceSingleClient: true, DisableCache: true}
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, option
}

func TestBothPoolsRunCommandsAndReportErrors(t *testing.T) {
	client, option := dial(t)
	type pool interface {
		Do(context.Context, func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult
		Close()
	}
	for name, newPool := range map[string]func(rueidis.ClientOption, int) (pool, error){
		"pattern":     func(o rueidis.ClientOption, n int) (pool, error) { return patterns.NewPool(o, n) },
		"antipattern": func(o rueidis.ClientOption, n int) (pool, error) { return antipatterns.NewPool(o, n) },
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newPool(option, 4)
			if err != nil {
				t.Fatal(err)
			}
			set := func(b rueidis.Builder) rueidis.Completed { return b.Set().Key(name).Value("v").Build() }
			if err := p.Do(t.Context(), set).Error(); err != nil {
				t.Error(err)
			}
			incr := func(b rueidis.Builder) rueidis.Completed { return b.Incr().Key(name).Build() }
			if _, ok := rueidis.IsRedisErr(p.Do(t.Context(), incr).Error()); !ok {
				t.Error("INCR of a text did not fail")
			}
			p.Close()
			if got, err := client.Do(t.Context(), client.B().Get().Key(name).Build()).ToString(); got != "v" {
				t.Errorf("GET gave %q, %v", got, err)
			}
		})
	}
}

func TestAPoolWithoutAFreeConnectionWaitsNoLongerThanTheDeadline(t *testing.T) {
	client, option := dial(t)
	p, err := patterns.NewPool(option, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	// Blocks its connection, but not the server.
	wait := func(b rueidis.Builder) rueidis.Completed { return b.Arbitrary("BLPOP", "nothing", "1").Build() }
	busy := make(chan error, 1)
	go func() { busy <- p.Do(t.Context(), wait).Error() }()
	for blocked := ""; !strings.Contains(blocked, "blocked_clients:1\r"); {
		if blocked, err = client.Do(t.Context(), client.B().Info().Section("clients").Build()).ToString(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	ping := func(b rueidis.Builder) rueidis.Completed { return b.Ping().Build() }
	if err := p.Do(ctx, ping).Error(); err == nil {
		t.Error("a command was answered although the only connection was lent")
	}
	if took := time.Since(begin); took > 700*time.Millisecond {
		t.Errorf("it took %v to notice the deadline of 100ms", took)
	}
	if err := <-busy; !rueidis.IsRedisNil(err) {
		t.Error(err)
	}
}
