package patterns_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"redisduel/antipatterns"
	"redisduel/patterns"
)

func TestAFullCacheEvictsAndItsTwinRefuses(t *testing.T) {
	client, _ := dial(t)
	limit := int64(counter(t, client, "memory", "used_memory")) + 4<<20
	fill := func() (refused int) {
		for i := range 300 { // 300 × 32 KiB is twice the limit
			err := client.Do(t.Context(), client.B().Set().Key(fmt.Sprint(i)).Value(strings.Repeat("v", 32<<10)).Build()).Error()
			switch {
			case isOOM(err):
				refused++
			case err != nil:
				t.Fatal(err)
			}
		}
		return refused
	}
	if err := antipatterns.ApplyMemoryPolicy(t.Context(), client, limit); err != nil {
		t.Fatal(err)
	}
	if refused := fill(); refused < 100 {
		t.Errorf("noeviction refused %d of 300 writes, want more than half", refused)
	}
	if evicted := counter(t, client, "stats", "evicted_keys"); evicted != 0 {
		t.Errorf("noeviction evicted %v keys", evicted)
	}
	if err := patterns.ApplyMemoryPolicy(t.Context(), client, limit); err != nil {
		t.Fatal(err)
	}
	if refused := fill(); refused != 0 {
		t.Errorf("allkeys-lfu refused %d of 300 writes", refused)
	}
	if evicted := counter(t, client, "stats", "evicted_keys"); evicted < 100 {
		t.Errorf("allkeys-lfu evicted %v keys, want more than a hundred", evicted)
	}
}

func TestAPolicyReachesEveryNodeOfACluster(t *testing.T) {
	client, _ := dialCluster(t)
	if err := patterns.ApplyMemoryPolicy(t.Context(), client, 100<<20); err != nil {
		t.Fatal(err)
	}
	nodes := client.Nodes()
	if len(nodes) != 3 {
		t.Fatalf("the client knows %d nodes", len(nodes))
	}
	settings, err := patterns.MemoryPolicy(100 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for address, node := range nodes {
		for _, want := range settings {
			got, err := do(t, node, "CONFIG", "GET", want.Name).AsStrMap()
			if err != nil || got[want.Name] != want.Value {
				t.Errorf("%s has %v, %v; want %s", address, got, err, want)
			}
		}
	}
}

func TestAPolicyWithoutALimitIsRefused(t *testing.T) {
	for _, maxmemory := range []int64{0, -1} {
		_, err := patterns.MemoryPolicy(maxmemory)
		_, twinErr := antipatterns.MemoryPolicy(maxmemory)
		if err == nil || twinErr == nil || patterns.ApplyMemoryPolicy(t.Context(), nil, maxmemory) == nil {
			t.Errorf("a maxmemory of %d was taken: %v", maxmemory, errors.Join(err, twinErr))
		}
	}
}
