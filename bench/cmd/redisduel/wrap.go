package main

import (
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// textWidth is how wide text may be: as the terminal, or any width where what
// is written is for a program.
func textWidth(w io.Writer) int {
	if isTerminal(w) {
		return terminalWidth(w)
	}
	return math.MaxInt
}

// hanging is a label and beside it a text, in lines of at most width columns
// unless a word is longer. Line breaks in the text stay.
func hanging(label, text string, width int) string {
	var all strings.Builder
	margin := utf8.RuneCountInString(label)
	for line := range strings.SplitSeq(text, "\n") {
		column := margin
		all.WriteString(label)
		label = strings.Repeat(" ", margin)
		for i, word := range strings.Fields(line) {
			size := utf8.RuneCountInString(word)
			switch {
			case i == 0:
			case column+1+size > width:
				all.WriteString("\n" + label)
				column = margin
			default:
				all.WriteString(" ")
				column++
			}
			all.WriteString(word)
			column += size
		}
		all.WriteString("\n")
	}
	return all.String()
}
