package clock

import (
	"container/heap"
	"fmt"
	"sync"
	"time"
)

// Shared is a Clock that serves any number of timers from one timer of another
// clock. Making a timer costs an allocation and no descriptor; a wait costs no
// system call of its own unless it is the next one due. One goroutine wakes
// the waits, and sleeps while they begin; Close ends it.
type Shared struct {
	name  string
	timer Timer
	hop   time.Duration
	done  sync.WaitGroup

	mu     sync.Mutex
	due    alarms
	early  time.Duration // how long before the first alarm the goroutine wakes
	closed bool
}

// Share returns a Shared over one timer of c. The caller must Close it.
func Share(c Clock) (*Shared, error) {
	timer, err := c.NewTimer()
	if err != nil {
		return nil, fmt.Errorf("cannot share a clock: %w", err)
	}
	s := &Shared{name: "shared " + c.String(), timer: timer, hop: hopOf(c)}
	s.done.Go(s.run)
	return s, nil
}

func (s *Shared) String() string { return s.name }

// NewTimer never fails; the error is there to satisfy [Clock].
func (s *Shared) NewTimer() (Timer, error) { return s.Timer(), nil }

// Timer returns a new timer. Unlike other timers it holds nothing that needs
// its Close.
func (s *Shared) Timer() *SharedTimer {
	return &SharedTimer{shared: s, wake: make(chan struct{}, 1), index: idle}
}

// Close waits for the goroutine and releases the timer underneath. Waits in
// progress and later ones then last until they are interrupted: close the
// timers first.
func (s *Shared) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.timer.Interrupt()
	s.done.Wait()
	return s.timer.Close()
}

// calm is a wait after which the machine's other processors are taken to sleep,
// so that to hand over to the waiting goroutine takes as long as a hop.
const calm = 500 * time.Microsecond

func (s *Shared) run() {
	for {
		next, ok := s.fire()
		if !ok {
			return
		}
		s.timer.WaitUntil(next)
	}
}

// fire ends the waits that are due, or nearly so if it was to wake early, and
// returns the moment to fire again. The waiters spin away what is left. It is
// false when the clock is closed.
func (s *Shared) fire() (next time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return time.Time{}, false
	}
	now := time.Now()
	for len(s.due) > 0 {
		first := s.due[0]
		if first.at.After(now.Add(s.early)) {
			return s.before(first.at, now), true
		}
		heap.Pop(&s.due)
		first.fired = true
		first.notify()
	}
	return Never(), true
}

// before returns the moment to wake for the alarm at the moment at, which is
// the next. The caller holds s.mu.
func (s *Shared) before(at, now time.Time) time.Time {
	s.early = 0
	if at.Sub(now) > calm {
		s.early = s.hop
	}
	return at.Add(-s.early)
}

// set puts t's alarm at the moment at and moves the goroutine's wait if that is
// the first one. To wake the goroutine, so that it waits anew, would cost a
// thread's wake-up as well. The caller holds s.mu.
func (s *Shared) set(t *SharedTimer, at time.Time) {
	t.at = at
	if t.index == idle {
		heap.Push(&s.due, t)
	} else {
		heap.Fix(&s.due, t.index)
	}
	if t.index == 0 {
		s.timer.Advance(s.before(at, time.Now()))
	}
}

// idle is the index of a timer that is not in the heap.
const idle = -1

// alarms is a heap of the waits in progress, the next one due first.
type alarms []*SharedTimer

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }

func (a alarms) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].index, a[j].index = i, j
}

func (a *alarms) Push(x any) {
	t := x.(*SharedTimer)
	t.index = len(*a)
	*a = append(*a, t)
}

func (a *alarms) Pop() any {
	last := len(*a) - 1
	t := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	t.index = idle
	return t
}
