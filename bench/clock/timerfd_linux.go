package clock

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// wakeUp is how long before its moment a descriptor fires, to make up for the
// time from there until the waiting goroutine runs (the interrupt, epoll_wait
// returning, the scheduler): 30 to 60 µs on an idle machine.
const wakeUp = 45 * time.Microsecond

// maxSpin is the longest remainder that is spun away.
const maxSpin = 20 * time.Microsecond

// A timerfd is a kernel timer registered with the runtime's poller.
type timerfd struct {
	file *os.File
	fd   int // of file; file.Fd would be allowed to set it blocking
	buf  [8]byte
}

func newTimerfd() (*timerfd, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot make a timer descriptor, raise the limit of open files (ulimit -n): %w", err)
	}
	return &timerfd{file: os.NewFile(uintptr(fd), "timerfd"), fd: fd}, nil
}

// arm makes the next wait end about when t comes. The descriptor fires early by
// wakeUp. The read deadline ends the wait at t on a busy machine, where the
// scheduler looks at its timers often and polls descriptors seldom.
func (f *timerfd) arm(t time.Time) {
	if isNever(t) {
		f.set(0)
		f.file.SetReadDeadline(time.Time{})
		return
	}
	f.set(max(time.Until(t)-wakeUp, 1))
	f.file.SetReadDeadline(t)
}

// set fires the descriptor after d, or never if d is 0. It fails only for
// arguments that are wrong in every call.
func (f *timerfd) set(d time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	return unix.TimerfdSettime(f.fd, 0, &spec, nil)
}

// wait blocks until the descriptor fires, the deadline comes or kick is called.
func (f *timerfd) wait() { f.file.Read(f.buf[:]) }

// kick ends the wait in progress.
func (f *timerfd) kick() { f.file.SetReadDeadline(time.Unix(1, 0)) }

func (f *timerfd) disarm() error { return f.set(0) }

func (f *timerfd) close() error { return f.file.Close() }

// spinUntil yields until t, at most maxSpin away.
func spinUntil(t time.Time) {
	for time.Until(t) > 0 {
		runtime.Gosched()
	}
}
