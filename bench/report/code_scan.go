package report

import (
	"go/scanner"
	"go/token"
	"strings"
)

// goText is source on its way to shorter lines.
type goText struct {
	text  string
	width int
	cuts  []cut
	notes map[int]int // where a // comment begins, by where its line ends
	lines []int       // where lines end; a line feed within a token ends none

	seen   int         // of the text, while it is scanned
	before token.Token // the token before
	within []int       // what a cut costs more, by the brackets that are open

	out  []string
	over []string // the last line of a broken comment, which the next goes on with; or none
}

// A cut is a place where a line may be broken, and how much one would rather
// not.
type cut struct{ at, price int }

const (
	onceMore  = 30 // the price of a line more
	perDepth  = 6  // of a cut, for each bracket around it
	perColumn = 20 // of a column beyond the width
	together  = 30 // of a cut in a function's results, or left of an assignment
	nameApart = 60 // of a cut between a package, or a variable, and its name
)

// prices are by the token before the cut. Go ends a statement at a line feed
// after most others.
var prices = map[token.Token]int{
	token.COMMA: 0, token.LAND: 0, token.LOR: 0, token.LBRACE: 8,
	token.ADD: 4, token.SUB: 4, token.MUL: 4, token.QUO: 4,
	token.DEFINE: 12, token.ASSIGN: 12, token.PERIOD: 12, token.LPAREN: 24,
}

// scan finds the cuts, comments and lines. It reports whether the text is Go.
func (w *goText) scan() bool {
	file := token.NewFileSet().AddFile("", -1, len(w.text))
	var s scanner.Scanner
	s.Init(file, []byte(w.text), nil, scanner.ScanComments)
	w.notes, w.within = map[int]int{}, []int{0}
	for pos, tok, literal := s.Scan(); tok != token.EOF; pos, tok, literal = s.Scan() {
		if tok != token.SEMICOLON || literal != "\n" {
			w.token(file.Offset(pos), tok, literal)
		}
	}
	w.feeds(len(w.text))
	w.lines = append(w.lines, len(w.text))
	return s.ErrorCount == 0
}

func (w *goText) token(at int, tok token.Token, literal string) {
	if literal == "" {
		literal = tok.String()
	}
	end := at + len(literal)
	w.feeds(at)
	w.nest(tok)
	switch {
	case strings.HasPrefix(literal, "//"):
		w.notes[end] = at
	case tok == token.DEFINE, tok == token.ASSIGN:
		w.joinLeft()
	}
	if price, ok := prices[tok]; ok {
		if tok == token.PERIOD && w.before != token.RPAREN {
			price = nameApart
		}
		w.cuts = append(w.cuts, cut{end, price + w.within[len(w.within)-1]})
	}
	w.seen, w.before = end, tok
}

// nest follows the brackets.
func (w *goText) nest(tok token.Token) {
	switch tok {
	case token.LPAREN, token.LBRACE, token.LBRACK:
		price := w.within[len(w.within)-1] + perDepth
		if w.before == token.RPAREN && tok == token.LPAREN { // a function's results
			price += together
		}
		w.within = append(w.within, price)
	case token.RPAREN, token.RBRACE, token.RBRACK:
		w.within = w.within[:max(1, len(w.within)-1)]
	}
}

// joinLeft makes it dear to break the line so far, which is assigned to.
func (w *goText) joinLeft() {
	start := -1
	if len(w.lines) > 0 {
		start = w.lines[len(w.lines)-1]
	}
	for i := len(w.cuts) - 1; i >= 0 && w.cuts[i].at > start; i-- {
		w.cuts[i].price += together
	}
}

// feeds notes the line feeds since the last token.
func (w *goText) feeds(to int) {
	for i := w.seen; i < to; i++ {
		if w.text[i] == '\n' {
			w.lines = append(w.lines, i)
		}
	}
}
