package scenarios

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

const (
	giveBack    = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`
	acquireBoth = `
if redis.call('SETNX', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`
)

var (
	giveBackScript    = rueidis.NewLuaScript(giveBack)
	acquireBothScript = rueidis.NewLuaScript(acquireBoth)
)

// loadScripts makes sure that no script's first call takes two commands, of
// which a client that dies after one would see only the first.
func loadScripts(ctx context.Context, client rueidis.Client, bodies ...string) error {
	for _, body := range bodies {
		if err := client.Do(ctx, client.B().ScriptLoad().Script(body).Build()).Error(); err != nil {
			return err
		}
	}
	return nil
}

func acquireByScript(ctx context.Context, client rueidis.Client, key, token string, ttl time.Duration) (bool, error) {
	return acquireBothScript.Exec(ctx, client, []string{key}, []string{token, strconv.FormatInt(ttl.Milliseconds(), 10)}).AsBool()
}

// acquireTransaction takes a lock between MULTI and EXEC. PEXPIRE is carried out
// there whether or not SETNX took the lock; with NX it leaves alone what has a
// time to live already.
func acquireTransaction(nx bool) acquire {
	return func(ctx context.Context, client rueidis.Client, key, token string, ttl time.Duration) (bool, error) {
		expire := client.B().Arbitrary("PEXPIRE").Keys(key).Args(strconv.FormatInt(ttl.Milliseconds(), 10))
		if nx {
			expire = expire.Args("NX")
		}
		answers := client.DoMulti(ctx,
			client.B().Multi().Build(), client.B().Setnx().Key(key).Value(token).Build(), expire.Build(), client.B().Exec().Build())
		done, err := answers[len(answers)-1].ToArray()
		if err != nil {
			return false, err
		}
		return done[0].AsBool()
	}
}
