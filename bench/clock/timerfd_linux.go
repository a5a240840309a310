package clock

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// wakeUp is how long before its moment a descriptor fires, to make up for the
// time from there until the waiting goroutine runs (the interrupt, epoll_wait
// returning, the scheduler): 30 to 60 µs on an idle machine of two virtual
// cores, Linux 6.18.
const wakeUp = 45 * time.Microsecond

// maxSpin is the longest remainder that is spun away, yielding to any other
// goroutine. Together with wakeUp it gave these overshoots there, idle, against
// time.Sleep (BenchmarkOvershoot, median):
//
//	wait      50 µs     250 µs    1 ms      2.5 ms    25 ms
//	timerfd   0.2 µs    4 µs      16 µs     15 µs     43 µs
//	sleep     1067 µs   866 µs    121 µs    718 µs    333 µs
//
// A longer spin gains nothing: a descriptor that fired more than 20 µs early
// is rare when idle, and on a busy machine it is armed again.
const maxSpin = 20 * time.Microsecond

// hop is about how long it takes on an idle machine to wake another goroutine
// when no thread is awake to run it. 50 µs made no wait more precise and cost
// the CPU of a longer spin; without any, waits ended 5 to 25 µs late.
const hop = 35 * time.Microsecond

// hopOf is how early a [Shared] over c hands over to a waiter.
func hopOf(c Clock) time.Duration {
	if _, ok := c.(*precise); ok {
		return hop
	}
	return 0
}

// A timerfd is a kernel timer registered with the runtime's poller.
type timerfd struct {
	file  *os.File
	fd    int // of file; file.Fd would be allowed to set it blocking
	buf   [8]byte
	limit time.Time // the read deadline; zero is none
	watch int       // how many more waits have one, at least
}

func newTimerfd() (*timerfd, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot make a timer descriptor, raise the limit of open files (ulimit -n): %w", err)
	}
	return &timerfd{file: os.NewFile(uintptr(fd), "timerfd"), fd: fd}, nil
}

// arm makes the next wait end about when t comes. The descriptor fires early by
// wakeUp. While the machine is busy a read deadline ends the wait at t as well.
func (f *timerfd) arm(t time.Time) {
	var fire time.Duration // 0 disarms
	var limit time.Time
	if !isNever(t) {
		fire = max(time.Until(t)-wakeUp, 1)
		if f.watch > 0 {
			limit = t
		}
	}
	_ = f.set(fire) // does not fail on an open descriptor
	f.setLimit(limit)
}

// A wait that ends so late says that the process may be busy: with no processor
// idle, the runtime polls descriptors every 10 ms only, but looks at its timers
// whenever it switches goroutines.
const (
	late    = 100 * time.Microsecond
	watches = 10 // waits that a read deadline watches over from then on
)

// learn hears of a wait whether the descriptor fired or the deadline had to end
// it, and how long after its moment. As long as deadlines are needed they are
// set. To set one for every wait would cost an idle machine 15 to 25 µs of CPU
// each: the runtime wakes a second thread to watch a timer that is set.
func (f *timerfd) learn(fired bool, after time.Duration) {
	switch {
	case !fired, f.watch == 0 && after > late:
		f.watch = watches
	case f.watch > 0:
		f.watch--
	}
}

func (f *timerfd) set(d time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	return unix.TimerfdSettime(f.fd, 0, &spec, nil)
}

func (f *timerfd) setLimit(t time.Time) {
	if !t.Equal(f.limit) {
		f.limit = t
		_ = f.file.SetReadDeadline(t) // as set
	}
}

// wait blocks until the descriptor fires, which it reports, the deadline comes or
// kick is called. Which of these two it was is for the caller to find out.
func (f *timerfd) wait() (fired bool) {
	n, _ := f.file.Read(f.buf[:])
	return n > 0
}

// kick ends the wait in progress.
func (f *timerfd) kick() { f.setLimit(time.Unix(1, 0)) }

func (f *timerfd) disarm() error { return f.set(0) }

func (f *timerfd) close() error { return f.file.Close() }
