package netem

import (
	"sync"
	"time"
)

// segmentSize is how much a segment holds: what Redis reads in one go.
const segmentSize = 16 << 10

// A segment is a stretch of a direction's bytes with the moments at which they
// arrive. Segments form a list.
type segment struct {
	next  *segment
	data  [segmentSize]byte
	r, w  int // data[r:w] is not consumed yet
	marks []mark
	m     int // marks[m] is the first that is not consumed
}

// A mark says that the bytes before end arrive at due.
type mark struct {
	due time.Time
	end int
}

// maxMarks is how many marks a segment may keep room for while it is unused.
const maxMarks = 256

// segments keeps unused ones for all links of the process: sync.Pool empties
// itself, so nobody owns what is in it.
var segments = sync.Pool{New: func() any { return new(segment) }}

func newSegment() *segment { return segments.Get().(*segment) }

func (s *segment) release() {
	if cap(s.marks) > maxMarks {
		s.marks = nil
	}
	s.next, s.r, s.w, s.m, s.marks = nil, 0, 0, 0, s.marks[:0]
	segments.Put(s)
}

// put copies what fits of b, due at one moment, and returns how much that was
// and whether it took a new mark.
func (s *segment) put(b []byte, due time.Time) (n int, marked bool) {
	n = copy(s.data[s.w:], b)
	s.w += n
	if last := len(s.marks) - 1; last >= s.m && s.marks[last].due.Equal(due) {
		s.marks[last].end = s.w
		return n, false
	}
	s.marks = append(s.marks, mark{due: due, end: s.w})
	return n, true
}

// due returns when the first byte arrives.
func (s *segment) due() time.Time { return s.marks[s.m].due }

// arrived returns the bytes that have arrived by now.
func (s *segment) arrived(now time.Time) []byte {
	end := s.r
	for _, m := range s.marks[s.m:] {
		if m.due.After(now) {
			break
		}
		end = m.end
	}
	return s.data[s.r:end]
}

// consume drops n bytes from the front and returns how many marks went with
// them.
func (s *segment) consume(n int) (marks int) {
	s.r += n
	for s.m < len(s.marks) && s.marks[s.m].end <= s.r {
		s.m++
		marks++
	}
	return marks
}

func (s *segment) empty() bool { return s.r == s.w }
func (s *segment) full() bool  { return s.w == segmentSize }
