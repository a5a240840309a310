package patterns_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

type doAllFunc = func(context.Context, rueidis.Client, []rueidis.Completed) []rueidis.RedisResult

func TestBothWaysOfRunningCommandsReturnEachResultInOrder(t *testing.T) {
	client, _ := dial(t)
	for name, doAll := range map[string]doAllFunc{"pattern": patterns.DoAll, "antipattern": antipatterns.DoAll} {
		for _, n := range []int{0, 1, patterns.PipelineDepth - 1, patterns.PipelineDepth, patterns.PipelineDepth + 1, 1234} {
			t.Run(fmt.Sprintf("%s of %d", name, n), func(t *testing.T) {
				commands := make([]rueidis.Completed, n)
				for i := range commands {
					commands[i] = client.B().Echo().Message(fmt.Sprint(i)).Build()
				}
				results := doAll(t.Context(), client, commands)
				if len(results) != n {
					t.Fatalf("%d results, want %d", len(results), n)
				}
				for i, result := range results {
					if got, err := result.ToString(); err != nil || got != fmt.Sprint(i) {
						t.Fatalf("result %d is %q, %v", i, got, err)
					}
				}
			})
		}
	}
}

func TestACommandThatFailsDoesNotStopThoseAfterIt(t *testing.T) {
	client, _ := dial(t)
	for name, doAll := range map[string]doAllFunc{"pattern": patterns.DoAll, "antipattern": antipatterns.DoAll} {
		set := func(value string) rueidis.Completed { return client.B().Set().Key(name).Value(value).Build() }
		results := doAll(t.Context(), client, []rueidis.Completed{
			set("text"), client.B().Incr().Key(name).Build(), client.B().Arbitrary("GET").Build(), set("after"),
		})
		for i, fails := range []bool{false, true, true, false} {
			if _, refused := rueidis.IsRedisErr(results[i].Error()); refused != fails {
				t.Errorf("%s: result %d has error %v", name, i, results[i].Error())
			}
		}
		if got, err := do(t, client, "GET", name).ToString(); got != "after" {
			t.Errorf("%s: the key holds %q (%v) in the end, want what the last command set", name, got, err)
		}
	}
}

// TestALostConnectionCostsBatchesNotTheWholeJob has the server hang up in the
// middle of the second of many batches.
func TestALostConnectionCostsBatchesNotTheWholeJob(t *testing.T) {
	client, server := dial(t)
	other := connect(t, server.Addr(), server.Password(), true)
	const batch, cut = patterns.PipelineDepth, patterns.PipelineDepth + patterns.PipelineDepth/2
	commands := make([]rueidis.Completed, 20*batch)
	for i := range commands {
		commands[i] = client.B().Set().Key(fmt.Sprint(i)).Value("").Build()
	}
	commands[cut] = client.B().Arbitrary("QUIT").Build()
	late := 0
	for i, result := range patterns.DoAll(t.Context(), client, commands) {
		ran, _ := do(t, other, "EXISTS", fmt.Sprint(i)).AsBool()
		answered := result.NonRedisError() == nil
		switch {
		case i < batch && (!ran || !answered):
			t.Fatalf("command %d came before the batch that was lost: ran %v, answered %v", i, ran, answered)
		case i >= batch && i < 2*batch && (ran != (i < cut) || i > cut && answered):
			t.Fatalf("command %d, hung up on at %d: ran %v, answered %v", i, cut, ran, answered)
		case i >= 2*batch && ran != answered:
			t.Fatalf("command %d came after the batch that was lost: ran %v, answered %v", i, ran, answered)
		case i >= 2*batch && ran:
			late++
		}
	}
	if late == 0 {
		t.Error("nothing ran after the connection was lost: the client never came back")
	}
}

func TestAPipelineThatIsCancelledSendsNothingMore(t *testing.T) {
	client, _ := dial(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, doAll := range map[string]doAllFunc{"pattern": patterns.DoAll, "antipattern": antipatterns.DoAll} {
		commands := make([]rueidis.Completed, 2*patterns.PipelineDepth)
		for i := range commands {
			commands[i] = client.B().Incr().Key(name).Build()
		}
		for i, result := range doAll(ctx, client, commands) {
			if result.Error() == nil {
				t.Fatalf("%s: command %d ran although cancelled", name, i)
			}
		}
		if n, _ := do(t, client, "EXISTS", name).AsInt64(); n != 0 {
			t.Errorf("%s: a command ran although cancelled", name)
		}
	}
}
