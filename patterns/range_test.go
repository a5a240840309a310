package patterns_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

type membersFunc = func(context.Context, rueidis.Client, string) iter.Seq2[rueidis.ZScore, error]

func bothMembers() map[string]membersFunc {
	return map[string]membersFunc{"pattern": patterns.Members, "antipattern": antipatterns.Members}
}

// addMembers puts members first to last-1 into a sorted set, in one call; many share a
// score.
func addMembers(t *testing.T, client rueidis.Client, key, prefix string, first, last int) {
	t.Helper()
	words := []string{"ZADD", key}
	for i := first; i < last; i++ {
		words = append(words, fmt.Sprint(i/100), fmt.Sprintf("%s%06d", prefix, i))
	}
	do(t, client, words...)
}

func collectMembers(t *testing.T, all iter.Seq2[rueidis.ZScore, error]) []rueidis.ZScore {
	t.Helper()
	var found []rueidis.ZScore
	for member, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, member)
	}
	return found
}

func TestBothWaysOfReadingASortedSetYieldItInOrder(t *testing.T) {
	client, _ := dial(t)
	for _, n := range []int{0, 1, 999, 1000, 1001, 2000, 2001, 3456} {
		key := fmt.Sprint("set of ", n)
		if n > 0 {
			addMembers(t, client, key, "m", 0, n)
		}
		want, err := do(t, client, "ZRANGE", key, "0", "-1", "WITHSCORES").AsZScores()
		if err != nil || len(want) != n {
			t.Fatalf("seeded %d of %d: %v", len(want), n, err)
		}
		do(t, client, "CONFIG", "RESETSTAT")
		if got := collectMembers(t, patterns.Members(t.Context(), client, key)); !slices.Equal(got, want) {
			t.Errorf("pages of %d members differ from the set", n)
		}
		calls := fmt.Sprintf("cmdstat_zrange:calls=%d,", max(1, (n+patterns.RangePage-1)/patterns.RangePage))
		if text, _ := do(t, client, "INFO", "commandstats").ToString(); !strings.Contains(text, calls) {
			t.Errorf("%d members: want %s got %s", n, calls, text)
		}
		if got := collectMembers(t, antipatterns.Members(t.Context(), client, key)); !slices.Equal(got, want) {
			t.Errorf("one call for %d members differs from the set", n)
		}
	}
}

func TestExtremeScoresAndEmptyNamesAreMembersLikeOthers(t *testing.T) {
	client, _ := dial(t)
	do(t, client, "ZADD", "k", "-inf", "", "-inf", "a", "-0.1", "b", "0", "", "0.1", "b2", "1e300", "c", "inf", "d", "+inf", "e")
	want, _ := do(t, client, "ZRANGE", "k", "0", "-1", "WITHSCORES").AsZScores()
	for name, members := range bothMembers() {
		if got := collectMembers(t, members(t.Context(), client, "k")); len(want) < 7 || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestReadingASortedSetStopsWhenToldToAndEndsWithAnError(t *testing.T) {
	client, _ := dial(t)
	addMembers(t, client, "k", "m", 0, 2500)
	do(t, client, "SET", "text", "")
	for name, members := range bothMembers() {
		n := 0
		for _, err := range members(t.Context(), client, "k") {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 5 {
				break
			}
		}
		if n != 5 {
			t.Errorf("%s: %d members, want 5", name, n)
		}
		var errs []error
		for member, err := range members(t.Context(), client, "text") {
			if errs = append(errs, err); member != (rueidis.ZScore{}) {
				t.Errorf("%s: a text has the member %v", name, member)
			}
		}
		if len(errs) != 1 || errs[0] == nil {
			t.Errorf("%s: errors %v, want one", name, errs)
		}
	}
}

// TestPagesNeitherSkipNorRepeatWhileOthersWrite writes between the yields, so
// that each case is the same each time. Pages by plain rank would fail all.
func TestPagesNeitherSkipNorRepeatWhileOthersWrite(t *testing.T) {
	const n = 5500
	for what, write := range map[string]func(t *testing.T, client rueidis.Client, yielded int){
		"one is added in front for every ten": func(t *testing.T, client rueidis.Client, yielded int) {
			if yielded%10 == 0 {
				do(t, client, "ZADD", "k", "-1", fmt.Sprintf("new%d", yielded))
			}
		},
		"three pages are added in front": func(t *testing.T, client rueidis.Client, yielded int) {
			if yielded == 1500 {
				addMembers(t, client, "k", "a", 0, 1400)
				addMembers(t, client, "k", "b", 0, 1400)
			}
		},
		"every other that was yielded goes": func(t *testing.T, client rueidis.Client, yielded int) {
			if yielded%2 == 0 {
				do(t, client, "ZREM", "k", fmt.Sprintf("m%06d", yielded-1))
			}
		},
		"all that were yielded go, four pages": func(t *testing.T, client rueidis.Client, yielded int) {
			if yielded == 4200 {
				do(t, client, "ZREMRANGEBYRANK", "k", "0", "4199")
			}
		},
		"all that were yielded go, and more come": func(t *testing.T, client rueidis.Client, yielded int) {
			if yielded == 4200 {
				do(t, client, "ZREMRANGEBYRANK", "k", "0", "4199")
				addMembers(t, client, "k", "a", 0, 2500)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			client, _ := dial(t)
			addMembers(t, client, "k", "m", 0, n)
			yielded := 0
			for member, err := range patterns.Members(t.Context(), client, "k") {
				if want := fmt.Sprintf("m%06d", yielded); err != nil || member.Member != want {
					t.Fatalf("got %v, %v, want %s", member, err, want)
				}
				yielded++
				write(t, client, yielded)
			}
			if yielded != n {
				t.Errorf("yielded %d members, want %d", yielded, n)
			}
		})
	}
}

// TestWhatIsThereThroughoutIsYieldedOnceWhateverElseChanges shuffles members
// with names and scores on all sides of those that stay.
func TestWhatIsThereThroughoutIsYieldedOnceWhateverElseChanges(t *testing.T) {
	client, _ := dial(t)
	random := rand.New(rand.NewPCG(1, 2))
	churn := func(n int) {
		words, gone := []string{"ZADD", "k"}, []string{"ZREM", "k"}
		for range n {
			words = append(words, fmt.Sprint(random.IntN(4)), fmt.Sprintf("m%04dx", random.IntN(3000)))
			gone = append(gone, fmt.Sprintf("m%04dx", random.IntN(3000)))
		}
		do(t, client, words...)
		do(t, client, gone...)
	}
	stay := []string{"ZADD", "k"}
	for i := range 3000 {
		stay = append(stay, fmt.Sprint(i%3), fmt.Sprintf("m%04d", i))
	}
	do(t, client, stay...)
	found, last := map[string]int{}, rueidis.ZScore{Score: -1}
	for member, err := range patterns.Members(t.Context(), client, "k") {
		if err != nil {
			t.Fatal(err)
		}
		if member.Score < last.Score || member.Score == last.Score && member.Member <= last.Member {
			t.Fatalf("%v came after %v", member, last)
		}
		last = member
		if found[member.Member]++; len(found)%50 == 1 {
			churn(1 + random.IntN(500))
		}
	}
	for i := range 3000 {
		if name := fmt.Sprintf("m%04d", i); found[name] != 1 {
			t.Errorf("%s was yielded %d times", name, found[name])
		}
	}
}
