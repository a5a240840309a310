package report

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// continued is what the rest of a broken line is indented by, so that it is
// not taken for a block.
const continued = "    "

// wrapGo breaks the lines of Go source that are longer than width where Go
// allows a break, so that the tokens, and what they mean, stay the same. A
// comment at the end of a long line comes to stand before it. A token that is
// too long stays whole, and so does a text that is not Go.
func wrapGo(text string, width int) []string {
	w := goText{text: text, width: width}
	if !w.scan() {
		return strings.Split(text, "\n")
	}
	start := 0
	for _, end := range w.lines {
		w.wrap(start, end)
		start = end + 1
	}
	return append(w.out, w.over...)
}

// wrap writes the line from start to end, which may hold a raw string of many.
func (w *goText) wrap(start, end int) {
	line := w.text[start:end]
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	note, noted := w.notes[end]
	alone := noted && note == start+len(indent)
	if alone && w.goesOn(line, indent) {
		line = w.over[0] + strings.TrimPrefix(line, indent+"//")
		w.over = nil
	}
	w.out, w.over = append(w.out, w.over...), nil
	switch {
	case runes(line) <= w.width || strings.Contains(line, "\n"):
		w.out = append(w.out, strings.Split(line, "\n")...)
	case alone:
		lines := remark(strings.TrimPrefix(line, indent), indent, w.width)
		w.out, w.over = append(w.out, lines[:len(lines)-1]...), lines[len(lines)-1:]
	case noted:
		w.out = append(w.out, remark(w.text[note:end], indent, w.width)...)
		w.code(indent, start, note)
	default:
		w.code(indent, start, end)
	}
}

// goesOn reports whether a line of comment goes on with what the one before
// left over.
func (w *goText) goesOn(line, indent string) bool {
	prefix := indent + "// "
	return len(w.over) > 0 && strings.HasPrefix(w.over[0], prefix) && strings.HasPrefix(line, prefix) &&
		!strings.HasPrefix(line, prefix+" ")
}

// remark breaks a comment into lines of its own.
func remark(text, indent string, width int) (lines []string) {
	line := indent + "//"
	for _, word := range strings.Fields(strings.TrimPrefix(text, "//")) {
		if line != indent+"//" && runes(line)+1+runes(word) > width {
			lines = append(lines, line)
			line = indent + "//"
		}
		line += " " + word
	}
	return append(lines, line)
}

// code writes a line of code without a comment at its end, at the cheapest of
// all ways to break it.
func (w *goText) code(indent string, start, end int) {
	start += len(indent)
	cuts := []cut{{at: start}}
	for _, c := range w.cuts {
		if c.at > start && strings.TrimSpace(w.text[min(c.at, end):end]) != "" {
			cuts = append(cuts, c)
		}
	}
	cuts = append(cuts, cut{at: end})
	ways := make([]breaking, len(cuts))
	for i := 1; i < len(cuts); i++ {
		ways[i] = w.cheapest(indent, cuts[:i+1], ways)
	}
	w.out = append(w.out, ways[len(ways)-1].lines...)
}

// A breaking is a way to write what stands before a cut.
type breaking struct {
	lines []string
	price int
}

// cheapest is the best way to the last of the cuts, given those to the others.
func (w *goText) cheapest(indent string, cuts []cut, ways []breaking) breaking {
	last := len(cuts) - 1
	best := breaking{price: math.MaxInt}
	for i := last - 1; i >= 0; i-- {
		line := strings.TrimSpace(w.text[cuts[i].at:cuts[last].at])
		if line = indent + line; i > 0 {
			line = indent + continued + strings.TrimPrefix(line, indent)
		}
		over := max(0, runes(line)-w.width)
		if price := ways[i].price + cuts[last].price + onceMore + perColumn*over; price < best.price {
			best = breaking{append(slices.Clip(ways[i].lines), line), price}
		}
		if over > 0 && i < last-1 {
			break
		}
	}
	return best
}

func runes(s string) int { return utf8.RuneCountInString(s) }
