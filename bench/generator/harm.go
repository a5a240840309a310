package generator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"redisduel/bench"
)

// A Consent is what the owner of a server allows a load to do to it.
type Consent struct {
	bench.Consent
	// Lasting allows keys without a time to live. They are removed by name at the
	// end, but stay if the run is killed.
	Lasting bool
}

// effect is what a command does to keys.
type effect int

const (
	reads   effect = iota + 1
	writes         // makes keys, or drops their time to live
	expires        // writes, and gives the key a time to live
	set            // SET: expires if it is told so
	removes        // takes keys away, or shortens their life
	keyless        // no key at all
	blocks         // stops the server for all its clients
)

// known are the commands whose keys and effects are known: all others are
// refused on a server that is not ours. Each takes one key, in second place,
// unless it is keyless, or in many.
var known = map[effect]string{
	reads:   "bitcount exists get getbit getrange hexists hget hgetall hkeys hlen hmget hstrlen hvals lindex llen lrange mget pfcount pttl scard sismember smembers smismember srandmember strlen substr touch ttl type zcard zcount zlexcount zmscore zrandmember zrange zrangebyscore zrank zrevrange zrevrank zscore",
	writes:  "append decr decrby getset hincrby hincrbyfloat hset hmset hsetnx incr incrby incrbyfloat linsert lpush lpushx lset mset msetnx pfadd rpush rpushx sadd setbit setnx setrange zadd zincrby",
	expires: "psetex setex",
	set:     "set",
	removes: "del getdel hdel lpop lrem ltrim rpop spop srem unlink zpopmax zpopmin zrem zremrangebyrank zremrangebyscore",
	keyless: "dbsize echo ping time",
	blocks:  "keys",
}

// many are those that take further keys: in every place after the name, or in
// every other one.
var many = map[string]int{"exists": 1, "mget": 1, "pfcount": 1, "touch": 1, "unlink": 1, "del": 1, "mset": 2, "msetnx": 2}

func effectOf(command string) effect {
	for e, names := range known {
		if slices.Contains(strings.Fields(names), command) {
			return e
		}
	}
	return 0
}

// Harm says why the load may not run on a server that is not ours, if it may
// not: its command is not known to be harmless, or it reaches keys that are not
// the run's own.
func (s Spec) Harm(consent Consent) error {
	name := s.name()
	effect := effectOf(name)
	upper := strings.ToUpper(name)
	switch {
	case effect == 0:
		return fmt.Errorf("%w: %s is none of the commands that are known to touch only the keys they name, and does not run on a --url; without --url it runs on a server of its own", bench.ErrRefused, upper)
	case effect == blocks && !consent.Blocking:
		return fmt.Errorf("%w: %s stops the server for all its clients; add --allow-blocking if they can bear it", bench.ErrRefused, upper)
	case effect == blocks, effect == keyless:
		return nil
	}
	if err := s.ownKeys(name); err != nil {
		return err
	}
	if consent.Lasting || effect == reads || effect == removes || s.expires(effect) {
		return nil
	}
	way := ""
	if effect != writes {
		way = fmt.Sprintf("let it expire within %.0f seconds, or ", bench.KeyTTL.Seconds())
	}
	return fmt.Errorf("%w: what %s writes would stay on your server for long if the run were killed; %sadd --allow-lasting", bench.ErrRefused, upper, way)
}

// ownKeys refuses a key that is not one of the run's, by whose names they are
// removed at the end.
func (s Spec) ownKeys(name string) error {
	last, step := min(2, len(s.Command)), 1
	if n := many[name]; n > 0 {
		last, step = len(s.Command), n
	}
	for i := 1; i < max(last, 2); i += step {
		if i >= len(s.Command) || s.Command[i] != "{key}" {
			return fmt.Errorf("%w: the key of %s must be {key} on a --url, so that it is one of the run's own", bench.ErrRefused, strings.ToUpper(name))
		}
	}
	return nil
}

// expires tells whether the command gives its key a time to live of at most
// bench.KeyTTL.
func (s Spec) expires(e effect) bool {
	switch {
	case e == expires && s.name() == "setex":
		return s.soon(2, time.Second)
	case e == expires:
		return s.soon(2, time.Millisecond)
	case e != set:
		return false
	}
	units, timed := map[string]time.Duration{"EX": time.Second, "PX": time.Millisecond}, false
	for i := 3; i < len(s.Command); i++ {
		unit := units[strings.ToUpper(s.Command[i])]
		if unit > 0 && !s.soon(i+1, unit) {
			return false // of several the server takes the last
		}
		timed = timed || unit > 0
	}
	return timed
}

// soon tells whether word i is a number of units of at most bench.KeyTTL.
func (s Spec) soon(i int, unit time.Duration) bool {
	if i >= len(s.Command) {
		return false
	}
	n, err := strconv.ParseUint(s.Command[i], 10, 32)
	return err == nil && n > 0 && time.Duration(n)*unit <= bench.KeyTTL
}
