package scenarios

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/load"
	"redisduel/patterns"
)

const (
	staleSpan    = "old value after a write began"
	backCount    = "reads that went back"
	rewriteCount = "rewrites"
)

// stalePredictions say until when a read may begin that still finds the old value:
// it is as long on its way as the write, but for the time that the write takes on
// the link. Copies on nodes of their own are written at once.
func stalePredictions() (predictions []bench.Prediction) {
	for _, side := range []string{hotRewritten, oneRewritten} {
		predictions = append(predictions, bench.Prediction{Side: side, Metric: hotStale, Value: ns(hotOnLink()),
			Formula: "D, which the value takes on a node's link: a read that begins later arrives later"})
	}
	return predictions
}

// A hotWriter is what both hot keys are.
type hotWriter interface {
	hotReader
	Set(context.Context, string, time.Duration) error
}

// rewrites makes an op of a hot key of which one action in ten is a write.
func rewrites[H hotWriter](newHotKey func(rueidis.Client, string, int, patterns.Chooser) (H, error)) bench.Impl {
	return func(ctx context.Context, env *bench.Env) (load.Op, error) {
		client, err := env.Client(ctx)
		if err != nil {
			return nil, err
		}
		copies := hotNodes
		if env.Setting.Primaries != nil {
			copies = copiesFor(env.Setting.Primaries)
		}
		choose, err := nodesInTurn(env, client, copies)
		if err != nil {
			return nil, err
		}
		hot, err := newHotKey(client, env.Name("hot"), copies, choose)
		if err != nil {
			return nil, err
		}
		h := &history{key: hot, env: env, begun: []time.Time{time.Now()}}
		env.AtEnd(h.report)
		return amongOthers(ctx, env, client, hot.Keys(), func(ctx context.Context, n uint64) error {
			if n%10 == 0 && h.writer.TryLock() { // one writer, as HotKey.Set asks for
				defer h.writer.Unlock()
				return h.write(ctx)
			}
			return h.read(ctx)
		})
	}
}

// A history is what was written to a hot key, and what readers have seen of it.
// Version 0 is the value that a trial begins with. Only moments at which calls
// began and ended are compared, so that it does not matter how long an answer
// was on its way.
type history struct {
	key    hotWriter
	env    *bench.Env
	writer sync.Mutex

	mu    sync.Mutex
	begun []time.Time // when each version began to be written
	ended int         // the newest version of which all copies are written
	seen  int         // the newest version that a read has returned
	back  int64       // reads that began after that and returned an older one
}

func (h *history) write(ctx context.Context) error {
	h.mu.Lock()
	version := len(h.begun)
	h.begun = append(h.begun, time.Now())
	h.mu.Unlock()
	if err := h.key.Set(ctx, versionOf(version), bench.KeyTTL); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = version
	return nil
}

// read checks that the value is none older than the last that was written whole
// before the read began, and notes how old it was and whether somebody had seen
// a newer one by then.
func (h *history) read(ctx context.Context) error {
	h.mu.Lock()
	began, oldest, seen, newest := time.Now(), h.ended, h.seen, len(h.begun)-1
	h.mu.Unlock()
	value, err := h.key.Get(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	version := readVersion(value)
	if version < oldest || version >= len(h.begun) {
		return fmt.Errorf("%w: got version %d of the hot value, want %d to %d", load.ErrWrongAnswer, version, oldest, len(h.begun)-1)
	}
	if version < newest {
		h.env.Observe(staleSpan, began.Sub(h.begun[version+1]))
	}
	if version < seen {
		h.back++
	}
	h.seen = max(h.seen, version)
	return nil
}

func (h *history) report(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.env.Count(rewriteCount, int64(h.ended))
	h.env.Count(backCount, h.back)
	return nil
}

// versionOf is the hot value with a version in its beginning.
func versionOf(version int) string {
	if version == 0 {
		return hotContent()
	}
	return (fmt.Sprintf("version %d of ", version) + hotContent())[:hotSize]
}

// readVersion is the version of a hot value; -1 if nobody wrote it.
func readVersion(value string) int {
	version := 0
	if rest, written := strings.CutPrefix(value, "version "); written {
		digits, _, _ := strings.Cut(rest, " ")
		version, _ = strconv.Atoi(digits) // what is no number is 0, which the value then is not
	}
	if value != versionOf(version) {
		return -1
	}
	return version
}
