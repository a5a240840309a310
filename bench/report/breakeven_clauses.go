package report

import (
	"strings"

	"redisduel/bench"
	"redisduel/bench/quantity"
)

// clauses are the parts of a sentence on some points of a sweep each.
type clauses struct {
	s      *bench.SweepResult
	points []bench.SweepPoint
	texts  []string
}

// add says something of the points with some indices, if there are any.
func (c *clauses) add(text string, of []int) {
	if len(of) > 0 {
		c.texts = append(c.texts, text+" at "+c.places(of))
	}
}

// rest is add for the points that are left, which need no list.
func (c *clauses) rest(text string, of []int) {
	if len(of) > 1 {
		c.texts = append(c.texts, text+" elsewhere")
		return
	}
	c.add(text, of)
}

// places lists points' values: "10, 12 and 13"; of three or more in a row the ends
// do: "2 to 500".
func (c *clauses) places(of []int) string {
	var places []string
	for from, to := 0, 0; from < len(of); from = to {
		for to = from + 1; to < len(of) && of[to] == of[to-1]+1; to++ {
		}
		if to-from > 2 {
			places = append(places, c.number(of[from])+" to "+c.number(of[to-1]))
			continue
		}
		for _, i := range of[from:to] {
			places = append(places, c.number(i))
		}
	}
	last := len(places) - 1
	list := places[last]
	if last > 0 {
		list = strings.Join(places[:last], ", ") + " and " + list
	}
	return quantity.Named(list, plain(c.s.Unit))
}

func (c *clauses) number(i int) string { return sweptNumber(c.points[i].Value) }

// sentence puts the span of the parameter behind the first of the clauses.
func (c *clauses) sentence(span string) string {
	return upper(strings.Join(append([]string{c.texts[0] + " " + span}, c.texts[1:]...), "; ")) + "."
}
