package redisd

import (
	"strings"
	"sync"
)

// tailSize is how much of what a process said is kept, in bytes: some 60 lines
// of a server's log.
const tailSize = 8 << 10

// A tail is a writer that keeps the end of what is written to it, since the
// last words of a process tell why it ended. It is safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailSize; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

// String returns what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}

// Last returns the last n lines that are not blank, joined into one line.
func (t *tail) Last(n int) string {
	var lines []string
	for line := range strings.Lines(t.String()) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return "(it said nothing)"
	}
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}
