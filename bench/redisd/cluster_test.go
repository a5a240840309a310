//go:build unix

package redisd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// infoNumber takes a number from an INFO text.
func infoNumber(t *testing.T, text, name string) int {
	t.Helper()
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s in %q", name, text)
	return 0
}

func TestKeysLandOnEveryNodeOfACluster(t *testing.T) {
	c, err := StartCluster(t.Context(), real(t), 3, Options{Config: []string{"maxmemory 64mb"}})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, c)
	var addrs []string
	for _, node := range c.Nodes() {
		addrs = append(addrs, node.Addr())
	}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: addrs, Password: c.Nodes()[0].Password(), DisableCache: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const keys = 300
	for i := range keys {
		set := client.B().Set().Key(fmt.Sprint("key:", i)).Value("v").Build()
		if err := client.Do(t.Context(), set).Error(); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for _, node := range c.Nodes() {
		n := keysOn(t, node)
		if n < keys/6 {
			t.Errorf("node %s holds %d of %d keys, want about a third", node.Addr(), n, keys)
		}
		total += n
	}
	if total != keys {
		t.Errorf("the nodes hold %d keys, want %d", total, keys)
	}
}

func keysOn(t *testing.T, node *Server) int {
	t.Helper()
	c := connected(t, node.Addr(), node.Password())
	n, err := c.Do(t.Context(), c.B().Dbsize().Build()).AsInt64()
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestAClosedClusterLeavesNothing(t *testing.T) {
	files := openFDs(t)
	c, err := StartCluster(t.Context(), real(t), 2, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, node := range c.Nodes() {
		if alive(node.PID()) {
			t.Errorf("node %s lives", node.Addr())
		}
	}
	soon(t, 5*time.Second, "all files are closed", func() bool { return openFDs(t) <= files })
	if left := entries(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAClusterThatDoesNotFormLeavesNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		o    Options
		want string
	}{
		{"no nodes", 0, Options{}, "1 to 16384 nodes"},
		{"a bad directive", 3, Options{Config: []string{"no-such-directive yes"}}, "no-such-directive"},
		{"no time", 2, Options{ReadyTimeout: time.Second}, "did not form within 1s"}, // Redis lets nodes wait for 2 s
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := StartCluster(t.Context(), real(t), tt.n, tt.o)
			if err == nil {
				closeAfter(t, c)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
			if left := entries(t); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestTheSlotsAreSharedOutWithoutGapOrOverlap(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, slots} {
		owned := make([]int, slots)
		for i := range n {
			low, high := share(i, n)
			for slot := low; slot <= high; slot++ {
				owned[slot]++
			}
		}
		if slices.Min(owned) != 1 || slices.Max(owned) != 1 {
			t.Errorf("with %d nodes slots have %d to %d owners, want 1", n, slices.Min(owned), slices.Max(owned))
		}
	}
}
