package generator

import (
	"context"
	"fmt"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// What a server takes for a key besides its value, on 64 bits and with jemalloc:
// entry, name and object, each rounded up, and its part of a table that is just
// being doubled; and for a time to live.
const (
	keyBytes = 140
	ttlBytes = 50
)

// memory is about how many bytes of the server's memory the keys take; of a value
// up to a quarter more is set aside than it has bytes.
func (s Spec) memory(expires bool) int64 {
	each := keyBytes + s.Size + s.Size/4
	if expires {
		each += ttlBytes
	}
	return int64(s.Keys) * int64(each)
}

// room refuses keys that the server cannot hold: it would be killed for them, or
// throw out those of others.
func (s Spec) room(ctx context.Context, fixture *bench.Fixture) error {
	if s.Unseeded {
		return nil
	}
	free, whose, err := fixture.Room(ctx)
	if need := s.memory(!fixture.Own); err == nil && need > free {
		err = fmt.Errorf("%w: %s keys of %d bytes take about %s of memory, and %s has %s left; ask for fewer --keys or a smaller --size",
			bench.ErrEnvironment, quantity.Count(int64(s.Keys)), s.Size, quantity.Bytes(float64(need)), whose, quantity.Bytes(float64(free)))
	}
	return err
}
