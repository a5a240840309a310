package report

import (
	"slices"
	"strconv"
	"strings"

	"redisduel/bench/quantity"
)

// A footnote is one text, or several that differ only in their numbers.
type footnote []string

// note returns the mark of a footnote; the same text has the same mark.
func (d *doc) note(text string) string {
	return d.mark(text, func(f footnote) bool { return slices.Contains(f, text) })
}

// noted is note for several texts.
func (d *doc) noted(texts []string) string { return marks(texts, d.note) }

// alike is noted, but texts that differ only in their numbers share a footnote,
// which gives the range of each: a reader of many duels meets a doubt once.
func (d *doc) alike(texts []string) string {
	return marks(texts, func(text string) string {
		return d.mark(text, func(f footnote) bool { return skeleton(f[0]) == skeleton(text) })
	})
}

func marks(texts []string, mark func(string) string) string {
	var all []string
	for _, text := range texts {
		if m := mark(text); !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return strings.Join(all, " ")
}

// mark adds the text to the footnote that fits, or to a new one.
func (d *doc) mark(text string, fits func(footnote) bool) string {
	i := slices.IndexFunc(d.notes, fits)
	if i < 0 {
		i = len(d.notes)
		d.notes = append(d.notes, nil)
	}
	if !slices.Contains(d.notes[i], text) {
		d.notes[i] = append(d.notes[i], text)
	}
	return superscript(i + 1)
}

// skeleton is a text without the values of its numbers. Units stay, so that
// only what can be compared is merged.
func skeleton(text string) string {
	words := fields(text)
	for i, w := range words {
		if _, rest, ok := numeral(w); ok {
			words[i] = "0" + rest
		}
	}
	return strings.Join(words, " ")
}

// merged is the footnote's text, with a range where the numbers differ.
func (f footnote) merged() string {
	words := fields(f[0])
	for _, text := range f[1:] {
		for i, w := range fields(text) {
			words[i] = widened(words[i], w)
		}
	}
	return strings.Join(words, " ")
}

// widened is a number, or a range of them, made to include another.
func widened(known, word string) string {
	low, high, ranged := strings.Cut(known, " to ")
	if !ranged {
		high = low
	}
	value, rest, ok := numeral(word)
	if !ok || word == low || word == high {
		return known
	}
	if first, _, _ := numeral(low); value < first {
		low = word
	}
	if last, _, _ := numeral(high); value > last {
		high = word
	}
	return strings.TrimSuffix(low, rest) + " to " + high
}

// numeral takes the number from the head of a word: 1.11 and "," from "1.11,".
func numeral(word string) (value float64, rest string, ok bool) {
	digits := strings.ReplaceAll(word, quantity.Thin, "")
	end := strings.LastIndexAny(digits, "0123456789") + 1
	value, err := strconv.ParseFloat(digits[:end], 64)
	return value, digits[end:], err == nil
}
