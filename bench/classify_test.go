package bench_test

import (
	"fmt"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
)

func TestAKeyWithoutAPrimaryIsAClassOfItsOwn(t *testing.T) {
	if got, want := bench.Classify(fmt.Errorf("op: %w", rueidis.ErrNoSlot)), (load.Class{Name: "no primary"}); got != want {
		t.Errorf("class %+v, want %+v", got, want)
	}
}
