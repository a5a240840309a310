package patterns_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

// An interloper is a client into whose first pipeline somebody else's commands
// come, each before the command of its number: what a race does now and then,
// every time.
type interloper struct {
	rueidis.Client
	commands map[int][]string
}

func (c *interloper) DoMulti(ctx context.Context, multi ...rueidis.Completed) []rueidis.RedisResult {
	var all []rueidis.Completed
	var mine []int
	for i, command := range multi {
		if words := c.commands[i]; words != nil {
			all = append(all, c.B().Arbitrary(words...).Build())
		}
		mine = append(mine, len(all))
		all = append(all, command)
	}
	c.commands = nil
	answers := c.Client.DoMulti(ctx, all...)
	results := make([]rueidis.RedisResult, len(multi))
	for i, at := range mine {
		results[i] = answers[at]
	}
	return results
}

// counted makes n calls of addBody, each of which adds 1 to the same counter.
func counted(s *patterns.Script, n int) []patterns.Call {
	return slices.Repeat([]patterns.Call{{Script: s, Keys: []string{"n"}, Args: []string{"1"}}}, n)
}

func values(t *testing.T, results []rueidis.RedisResult) []int64 {
	t.Helper()
	got := make([]int64, len(results))
	for i, result := range results {
		var err error
		if got[i], err = result.AsInt64(); err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	return got
}

// span is the numbers from low to high.
func span(low, high int64) (numbers []int64) {
	for n := low; n <= high; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

func TestAFlushInTheMiddleOfAPipelineCostsNoCallAndRepeatsNone(t *testing.T) {
	client, _ := dial(t)
	s := patterns.NewScript(addBody)
	if err := s.Load(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	vandal := &interloper{Client: client, commands: map[int][]string{40: {"SCRIPT", "FLUSH"}}}
	got := values(t, patterns.RunAll(t.Context(), vandal, counted(s, 250)))
	if want := span(1, 250); !slices.Equal(got, want) {
		t.Errorf("the counter went %v", got)
	}
	wantRecoveries(t, s, patterns.PipelineDepth-40) // the rest of that batch; the next one finds the script again
}

func TestRefusedCallsRunAfterThoseBehindThemWhenTheScriptComesBackInBetween(t *testing.T) {
	client, _ := dial(t)
	s := patterns.NewScript(addBody)
	if err := s.Load(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	others := &interloper{Client: client, commands: map[int][]string{3: {"SCRIPT", "FLUSH"}, 6: {"SCRIPT", "LOAD", addBody}}}
	got := values(t, patterns.RunAll(t.Context(), others, counted(s, 10)))
	// Calls 3, 4 and 5 were refused, 6 to 9 went through: every result stands in
	// its place, and the three ran last, in their order.
	if want := slices.Concat(span(1, 3), span(8, 10), span(4, 7)); !slices.Equal(got, want) {
		t.Errorf("the counter went %v, want %v", got, want)
	}
	wantRecoveries(t, s, 3)
}

func TestAPipelineOfAScriptThatNobodyLoadedWorks(t *testing.T) {
	client, _ := dial(t)
	s := patterns.NewScript(addBody)
	if got := values(t, patterns.RunAll(t.Context(), client, counted(s, 130))); !slices.Equal(got, span(1, 130)) {
		t.Errorf("the counter went %v", got)
	}
	wantRecoveries(t, s, patterns.PipelineDepth)
}

func TestAPipelineOfSeveralScriptsGivesTheServerThoseThatItLacks(t *testing.T) {
	client, _ := dial(t)
	add, read := patterns.NewScript(addBody), patterns.NewScript(`return redis.call('GET', KEYS[1])`)
	if err := add.Load(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	var calls []patterns.Call
	for range 10 {
		calls = append(calls, patterns.Call{Script: add, Keys: []string{"n"}, Args: []string{"1"}}, patterns.Call{Script: read, Keys: []string{"n"}})
	}
	// The reads come after the adds of their batch, since the server had to be
	// given their script: each finds the last sum, and none is lost.
	want := []int64{}
	for n := range int64(10) {
		want = append(want, n+1, 10)
	}
	if got := values(t, patterns.RunAll(t.Context(), client, calls)); !slices.Equal(got, want) {
		t.Errorf("the calls gave %v, want %v", got, want)
	}
	wantRecoveries(t, add, 0)
	wantRecoveries(t, read, 10)
}

func TestBothWaysOfRunningManyCallsReturnEachResultInOrder(t *testing.T) {
	client, _ := dial(t)
	const body = `if ARGV[1] == '7' then return redis.error_reply('ERR seven') end return ARGV[1]`
	pattern, anti := patterns.NewScript(body), antipatterns.NewScript(body)
	for name, runAll := range map[string]func(n int) []rueidis.RedisResult{
		"pattern": func(n int) []rueidis.RedisResult {
			calls := make([]patterns.Call, n)
			for i := range calls {
				calls[i] = patterns.Call{Script: pattern, Args: []string{fmt.Sprint(i)}}
			}
			return patterns.RunAll(t.Context(), client, calls)
		},
		"antipattern": func(n int) []rueidis.RedisResult {
			calls := make([]antipatterns.Call, n)
			for i := range calls {
				calls[i] = antipatterns.Call{Script: anti, Args: []string{fmt.Sprint(i)}}
			}
			return antipatterns.RunAll(t.Context(), client, calls)
		},
	} {
		for _, n := range []int{0, 1, 100, 101} {
			t.Run(fmt.Sprintf("%s of %d", name, n), func(t *testing.T) {
				results := runAll(n)
				if len(results) != n {
					t.Fatalf("%d results, want %d", len(results), n)
				}
				for i, result := range results {
					got, err := result.ToString()
					if i == 7 {
						if err == nil || !strings.Contains(err.Error(), "seven") {
							t.Errorf("the script's own error is %v", err)
						}
					} else if err != nil || got != fmt.Sprint(i) {
						t.Errorf("result %d is %q, %v", i, got, err)
					}
				}
			})
		}
	}
	if evals := scriptCalls(t, client, "eval"); evals > 2 {
		t.Errorf("%d calls of EVAL; both call by the digest once the server has the script", evals)
	}
}

func TestTheTwinOfAPipelineSurvivesAFlushToo(t *testing.T) {
	client, _ := dial(t)
	s := antipatterns.NewScript(addBody)
	calls := slices.Repeat([]antipatterns.Call{{Script: s, Keys: []string{"n"}, Args: []string{"1"}}}, 20)
	for range 2 {
		do(t, client, "SCRIPT", "FLUSH")
		antipatterns.RunAll(t.Context(), client, calls)
	}
	if got, err := do(t, client, "GET", "n").AsInt64(); got != 40 || err != nil {
		t.Errorf("40 calls left %d, %v", got, err)
	}
}
