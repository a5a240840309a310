package scenarios_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

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

func TestBothWaysOfRunningCommandsReturnEachResultInOrder(t *testing.T) {
	client, _ := dial(t)
	for name, doAll := range map[string]func(context.Context, rueidis.Client, []rueidis.Completed) []rueidis.RedisResult{
		"pattern": patterns.DoAll, "antipattern": antipatterns.DoAll,
	} {
		for _, n := range []int{0, 1, 99, 100, 101, 1234} {
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
		t.Run(name+" with one that fails", func(t *testing.T) {
			set := func() rueidis.Completed { return client.B().Set().Key("text").Value("a").Build() }
			incr := client.B().Incr().Key("text").Build()
			results := doAll(t.Context(), client, []rueidis.Completed{set(), incr, set()})
			for i, wantErr := range []bool{false, true, false} {
				if err := results[i].Error(); (err != nil) != wantErr {
					t.Errorf("result %d has error %v", i, err)
				}
			}
		})
	}
}

func TestBothWaysOfListingKeysFindThemAll(t *testing.T) {
	client, _ := dial(t)
	want := map[string]bool{}
	for i := range 3456 {
		key := fmt.Sprintf("wanted:%d", i)
		want[key] = true
		for _, k := range []string{key, fmt.Sprintf("other:%d", i)} {
			if err := client.Do(t.Context(), client.B().Set().Key(k).Value("").Build()).Error(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, keys := range map[string]func(context.Context, rueidis.Client, string) iter.Seq2[string, error]{
		"pattern": patterns.Keys, "antipattern": antipatterns.Keys,
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]bool{}
			for key, err := range keys(t.Context(), client, "wanted:*") {
				if err != nil {
					t.Fatal(err)
				}
				got[key] = true
			}
			if !maps.Equal(got, want) {
				t.Errorf("found %d keys, want %d", len(got), len(want))
			}
		})
		t.Run(name+" stops when told to", func(t *testing.T) {
			n := 0
			for _, err := range keys(t.Context(), client, "*") {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == 5 {
					break
				}
			}
			if n != 5 {
				t.Errorf("%d keys, want 5", n)
			}
		})
		t.Run(name+" ends with the error", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var errs []error
			for key, err := range keys(ctx, client, "*") {
				if key != "" {
					t.Errorf("found %q although cancelled", key)
				}
				errs = append(errs, err)
			}
			if len(errs) != 1 || errs[0] == nil {
				t.Errorf("errors %v, want one", errs)
			}
		})
	}
}

// TestTheTwinsMirrorEachOther compares the two packages' files and the
// signatures of what they export.
func TestTheTwinsMirrorEachOther(t *testing.T) {
	files := func(dir string) []string {
		entries, err := os.ReadDir("../" + dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), "_test.go") {
				names = append(names, e.Name())
			}
		}
		return names
	}
	if got, want := files("antipatterns"), files("patterns"); !slices.Equal(got, want) {
		t.Errorf("antipatterns has the files %v, patterns %v", got, want)
	}
	for name, pair := range map[string][2]any{
		"DoAll":    {patterns.DoAll, antipatterns.DoAll},
		"Keys":     {patterns.Keys, antipatterns.Keys},
		"PoolSize": {patterns.PoolSize, antipatterns.PoolSize},
	} {
		if got, want := reflect.TypeOf(pair[1]), reflect.TypeOf(pair[0]); got != want {
			t.Errorf("%s is %v in antipatterns and %v in patterns", name, got, want)
		}
	}
}
