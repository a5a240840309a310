package scenarios

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"redisduel/bench"
	"redisduel/bench/load"
)

// timeWaitCount is the counter of countTimeWaits.
const timeWaitCount = "sockets in TIME_WAIT"

// countTimeWaits has the sockets counted, when the load has ended, that went
// into TIME_WAIT since the op that it returns first ran. Where the system does
// not list its sockets, as outside Linux, nothing is counted.
func countTimeWaits(env *bench.Env, op load.Op) load.Op {
	began := sync.OnceValue(time.Now)
	env.AtEnd(func(context.Context) error {
		_, port, err := net.SplitHostPort(env.Option().InitAddress[0])
		if err != nil {
			return nil //nolint:nilerr // a Unix socket has no port and no TIME_WAIT
		}
		n, known, err := timeWaits(port, began())
		if known {
			env.Count(timeWaitCount, n)
		}
		return err
	})
	return func(ctx context.Context, i int) error {
		began()
		return op(ctx, i)
	}
}

// timeWaits counts the sockets to a port that went into TIME_WAIT since a
// moment, of the last minute. Older ones are an earlier trial's.
func timeWaits(port string, since time.Time) (n int64, known bool, err error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, false, err
	}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		list, err := os.Open(file)
		if err != nil {
			continue
		}
		found, err := timeWaitsIn(list, fmt.Sprintf(":%04X", number), since)
		_ = list.Close()
		if err != nil {
			return 0, false, fmt.Errorf("count the sockets in TIME_WAIT: %w", err)
		}
		n, known = n+found, true
	}
	return n, known, nil
}

// timeWaitsIn counts in a list as in /proc/net/tcp. The kernel writes it as it
// is read, which can take a while: each line is held against its own moment.
func timeWaitsIn(list io.Reader, port string, since time.Time) (n int64, err error) {
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		if isTimeWait(lines.Text(), port, time.Since(since)) {
			n++
		}
	}
	return n, lines.Err()
}

// isTimeWait looks at a line of /proc/net/tcp (proc(5)): state 06 is TIME_WAIT,
// whose timer counts down a minute in hundredths of a second; 04 and 05 are on
// the way there, as soon as the other end closes too.
func isTimeWait(line, port string, age time.Duration) bool {
	const whole, tick = time.Minute, 10 * time.Millisecond
	fields := strings.Fields(line) // sl local_address rem_address st tx:rx tr:tm->when …
	if len(fields) < 6 || !strings.HasSuffix(fields[2], port) {
		return false
	}
	switch fields[3] {
	case "04", "05":
		return true
	case "06":
		_, left, _ := strings.Cut(fields[5], ":")
		ticks, err := strconv.ParseUint(left, 16, 32)
		return err == nil && whole-time.Duration(ticks)*tick <= age+tick
	}
	return false
}
