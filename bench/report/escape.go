package report

import (
	"redisduel/bench/quantity"

	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// longest is the number of runes of foreign text that are shown; the rest
	// is in results.json.
	longest = 400
	// unseen stands for a character that cannot be shown, such as ESC.
	unseen = '\uFFFD'
)

// plain makes any text one line of valid UTF-8 without control, format or
// other invisible characters and of at most about 400 runes.
func plain(s string) string { return line(s, longest) }

// line is plain with another limit.
func line(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > limit {
			b.WriteRune('…')
			break
		}
		b.WriteRune(visible(r))
	}
	return strings.TrimSpace(strings.Join(fields(b.String()), " "))
}

// fields splits at spaces, but not at those between groups of digits.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
}

func visible(r rune) rune {
	switch {
	case string(r) == quantity.Thin:
		return r
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsGraphic(r):
		return r
	}
	return unseen
}

// escape makes any text one line that Markdown, in a table's cell or after the
// first word of a paragraph, shows as it is: no markup, no HTML, no new column.
func escape(s string) string { return markup(plain(s)) }

// markup escapes what Markdown would read in one line of plain text.
func markup(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case strings.ContainsRune("<>&", r):
			b.WriteString(entity(r))
		case strings.ContainsRune("\\`*|[]~", r),
			r == '!' && strings.HasPrefix(s[i+1:], "["),
			r == '_' && !inWord(s, i):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func entity(r rune) string {
	switch r {
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return "&amp;"
}

// inWord reports whether the underscore at s[i] has a letter or a digit on
// both sides, where Markdown leaves it alone.
func inWord(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+1:])
	return i > 0 && wordly(before) && wordly(after)
}

func wordly(r rune) bool { return r != unseen && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// slug makes any text a word of a benchmark's name or unit: letters, digits
// and . _ / % with hyphens between the words. Empty text becomes "none".
func slug(s string) string {
	keep := func(r rune) bool {
		return r < utf8.RuneSelf && (wordly(r) || strings.ContainsRune("._/%", r))
	}
	words := strings.FieldsFunc(plain(s), func(r rune) bool { return !keep(r) })
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, "-")
}

// wrap breaks text into lines of at most width units as measured by size. A
// word longer than a line is broken.
func wrap(text string, width float64, size func(string) float64) []string {
	var lines []string
	line := ""
	for _, word := range fields(text) {
		joined := strings.TrimSpace(line + " " + word)
		if size(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		broken := chop(word, width, size)
		lines = append(lines, broken[:len(broken)-1]...)
		line = broken[len(broken)-1]
	}
	return append(lines, line)
}

// chop breaks a word into pieces that fit, each of at least one rune, after a
// hyphen if there is one.
func chop(word string, width float64, size func(string) float64) []string {
	var pieces []string
	piece := ""
	for _, r := range word {
		if piece != "" && size(piece+string(r)) > width {
			end := strings.LastIndexByte(piece, '-') + 1
			if end == 0 {
				end = len(piece)
			}
			pieces, piece = append(pieces, piece[:end]), piece[end:]
		}
		piece += string(r)
	}
	return append(pieces, piece)
}

// withUnit formats a metric's value; the unit may come from anybody's file.
func withUnit(v float64, unit string) string { return quantity.Format(v, plain(unit)) }
