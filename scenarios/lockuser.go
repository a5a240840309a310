package scenarios

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
)

// A lockUser takes locks in one way.
type lockUser struct {
	env     *bench.Env
	option  rueidis.ClientOption
	client  rueidis.Client
	take    acquire
	answers int
	ttl     time.Duration
}

func (l *lockUser) op(ctx context.Context, i int) error {
	key, token := l.env.Name(acquireName(i%acquireLocks)), strconv.Itoa(i)
	if crashes(i) {
		return l.crash(ctx, key, token)
	}
	taken, err := l.use(ctx, l.client, key, token)
	if err == nil && !taken {
		l.env.Count("refused", 1)
	}
	return err
}

// crash uses the lock with a client that dies. While somebody holds the lock it
// asks again, so that both sides crash equally often.
func (l *lockUser) crash(ctx context.Context, key, token string) error {
	for {
		client, err := rueidis.NewClient(l.option)
		if err != nil {
			return err
		}
		taken, err := l.use(ctx, &mortal{Client: client, answers: l.answers}, key, token)
		client.Close()
		if taken {
			l.env.Count("crashes", 1)
			if errors.Is(err, rueidis.ErrClosing) {
				return nil
			}
		}
		if taken || err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// use takes the lock and gives it back, and reports whether it was taken.
func (l *lockUser) use(ctx context.Context, client rueidis.Client, key, token string) (bool, error) {
	taken, err := l.take(ctx, client, key, token, l.ttl)
	if err != nil || !taken {
		return taken, err
	}
	return true, giveBackScript.Exec(ctx, client, []string{key}, []string{token}).Error()
}

// A mortal is a client that dies, with its connection, after so many answers.
type mortal struct {
	rueidis.Client
	answers int
}

func (m *mortal) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	defer m.age()
	return m.Client.Do(ctx, command)
}

// DoMulti counts as one answer: the commands leave in one write.
func (m *mortal) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	defer m.age()
	return m.Client.DoMulti(ctx, commands...)
}

func (m *mortal) age() {
	if m.answers--; m.answers == 0 {
		m.Close()
	}
}
