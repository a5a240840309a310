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
	fd          *timerfd // nil once given back
	waiting     bool
	interrupted bool
	closed      bool
}

func (p *preciseTimer) WaitUntil(t time.Time) bool {
	for {
		reached, ended := p.begin(t)
		switch {
		case ended:
			return false
		case reached:
			spinUntil(t)
			return true
		}
		p.fd.wait()
		p.finish()
	}
}

// begin arms the descriptor unless the wait has ended already: because t is
// reached (or close enough to spin), or because of an Interrupt or a Close.
func (p *preciseTimer) begin(t time.Time) (reached, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.interrupted {
		p.interrupted = false
		return false, true
	}
	if time.Until(t) <= maxSpin {
		return true, false
	}
	p.waiting = true
	p.fd.arm(t)
	return false, false
}

func (p *preciseTimer) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = false
	if p.closed {
		_ = p.release() // Close has returned already: there is nobody to tell
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
