package redisd

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A child is a process that dies with us.
type child struct {
	cmd      *exec.Cmd
	stdin    io.Closer // open for the container's life, else nil
	log      tail
	stopping atomic.Bool
	done     chan struct{} // closed when the process has ended and been waited for
	exit     error         // how it ended; nil if we ended it; to be read after done
}

// spawn starts cmd and writes config to its standard input, which is left open
// if asked for. A goroutine of the child waits for its end.
func spawn(cmd *exec.Cmd, config string, keepOpen bool) (*child, error) {
	c := &child{cmd: cmd, done: make(chan struct{})}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = &c.log, &c.log
	cmd.Env = Environ()
	cmd.WaitDelay = time.Second // for offspring that holds on to the pipe
	dieWithUs(cmd)
	started := make(chan error)
	go c.live(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	// A write fails only if the child is dead already, and how it died is known
	// better from its end.
	if !keepOpen {
		_, _ = io.WriteString(stdin, config)
		_ = stdin.Close()
		return c, nil
	}
	c.stdin = stdin
	_, _ = io.WriteString(stdin, config+endOfConfig+"\n")
	return c, nil
}

// Environ is the environment for processes that we start: without what may hold
// the password of a server of the user's.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "REDIS_URL=") || strings.HasPrefix(v, "REDIS_PASSWORD=")
	})
}

// live starts the process, waits for it and tells how it ended.
//
// The whole of it runs on one locked thread: the signal that Linux sends to a
// child when its parent dies is sent when the parent's *thread* dies, and the
// runtime ends threads as it likes.
func (c *child) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = c.cmd.Wait() // the process's state and log say more
	if !c.stopping.Load() {
		c.exit = fmt.Errorf("%s; last lines of its log: %s", c.cmd.ProcessState, c.log.Last(5))
	}
	close(c.done)
}

// stop ends the process and waits until it is gone.
func (c *child) stop() {
	c.stopping.Store(true)
	if c.stdin != nil {
		_ = c.stdin.Close() // the container ends by itself
		select {
		case <-c.done:
			return
		case <-time.After(stopPatience):
		}
	}
	select {
	case <-c.done:
	default:
		killGroup(c.cmd) // a script may have left the server as a child
	}
	<-c.done
}
