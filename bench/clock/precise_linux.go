package clock

import (
	"sync"
	"time"
)

// Precise returns the most precise clock of this system: a timerfd for each
// Timer, read through the runtime's network poller, so that a waiting
// goroutine costs no thread and no CPU. One Precise serves a whole process: it
// keeps up to 64 descriptors of closed Timers for reuse, and the garbage
// collector closes those with the clock.
func Precise() Clock { return &precise{} }

// maxIdle bounds the descriptors kept for reuse.
const maxIdle = 64

type precise struct {
	mu   sync.Mutex
	idle []*timerfd
}

func (*precise) String() string { return "timerfd" }

func (p *precise) NewTimer() (Timer, error) {
	fd, err := p.take()
	if err != nil {
		return nil, err
	}
	return &preciseTimer{clock: p, fd: fd}, nil
}

func (p *precise) take() (*timerfd, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return newTimerfd()
	}
	fd := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return fd, nil
}

func (p *precise) give(fd *timerfd) error {
	if err := fd.disarm(); err != nil {
		return fd.close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= maxIdle {
		return fd.close()
	}
	p.idle = append(p.idle, fd)
	return nil
}

// A preciseTimer owns its descriptor until Close, or until the wait that Close
// ends has left it.
type preciseTimer struct {
	clock *precise

	mu          sync.Mutex
	fd          *timerfd  // nil once given back
	until       time.Time // of the wait in progress
	waiting     bool
	interrupted bool
	closed      bool
}

func (p *preciseTimer) WaitUntil(t time.Time) bool {
	reached, ended := p.begin(t)
	for !reached && !ended {
		reached, ended = p.look(p.fd.wait())
	}
	if reached {
		spinUntil(p.until) // nobody moves it now
	}
	return reached
}

func (p *preciseTimer) begin(t time.Time) (reached, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = t
	return p.step()
}

// look says what has become of the wait in progress, and goes on with it if
// it is not over.
func (p *preciseTimer) look(fired bool) (reached, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = p.release() // Close has returned already: there is nobody to tell
		return false, true
	}
	if reached, ended = p.step(); reached {
		p.fd.learn(fired, time.Since(p.until))
	}
	return reached, ended
}

// step arms the descriptor unless the wait is over: because its moment is
// reached (or close enough to spin), or because of an Interrupt or a Close.
// The caller holds p.mu.
func (p *preciseTimer) step() (reached, ended bool) {
	p.waiting = false
	if p.closed || p.interrupted {
		p.interrupted = false
		return false, true
	}
	if time.Until(p.until) <= maxSpin {
		return true, false
	}
	p.waiting = true
	p.fd.arm(p.until)
	return false, false
}

func (p *preciseTimer) Advance(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.waiting:
		p.interrupted = true
	case p.interrupted || p.closed: // to arm it would undo the kick
	case t.Before(p.until):
		p.until = t
		p.fd.arm(t)
	}
}

func (p *preciseTimer) Interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.interrupted = true
	if p.waiting {
		p.fd.kick()
	}
}

func (p *preciseTimer) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	if p.waiting {
		p.fd.kick()
		return nil
	}
	return p.release()
}

// release gives the descriptor back. The caller holds p.mu.
func (p *preciseTimer) release() error {
	fd := p.fd
	p.fd = nil
	return p.clock.give(fd)
}
