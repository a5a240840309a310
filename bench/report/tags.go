package report

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	// column is the room for the tags to the right of the lines.
	column = vg.Length(158)
	// lineHeight is what one line of a tag takes.
	lineHeight = vg.Length(16.5)
	tagGap     = vg.Length(5)
)

// A tag names a line at its end, and says a few figures of it.
type tag struct {
	look          look
	end           vg.Point // of the line
	name, figures []string // lines of text
}

func newTag(label string, l look, end vg.Point, figures ...string) tag {
	return tag{l, end, fit(label, bold(sans(labelSize, l.color)), column-20, 3), figures}
}

func (t *tag) height() vg.Length {
	return vg.Length(len(t.name)+len(t.figures))*lineHeight + tagGap
}

// write puts the tag's text around a height, and a leader where it had to move
// away from its line.
func (t *tag) write(c draw.Canvas, left, middle vg.Length) {
	leader := draw.LineStyle{Color: t.look.color, Width: 0.5, Dashes: []vg.Length{1, 3}}
	c.StrokeLine2(leader, t.end.X, t.end.Y, left-3, middle)
	c.DrawGlyph(t.look.glyph(3), t.end)
	at := vg.Point{X: left, Y: middle + (t.height()-tagGap)/2}
	at.Y -= write(c, bold(sans(labelSize, t.look.color)), at, t.name)
	write(c, sans(smallSize, ink), at, t.figures)
}

// writeTags writes tags right of the data, each at the end of its line or as
// near to it as the others allow.
func writeTags(c, data draw.Canvas, tags []tag) {
	for i, y := range apartIn(tags, data.Min.Y, data.Max.Y) {
		tags[i].write(c, data.Max.X+16, y)
	}
}

// apartIn returns the heights of the tags' middles.
func apartIn(tags []tag, low, high vg.Length) []vg.Length {
	order := make([]int, len(tags))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tags[b].end.Y, tags[a].end.Y) })
	heights := make([]vg.Length, len(tags))
	ceiling := high
	for _, i := range order { // from the top, each below the one before
		half := tags[i].height() / 2
		heights[i] = min(tags[i].end.Y, ceiling-half)
		ceiling = heights[i] - half
	}
	floor := low
	for _, i := range slices.Backward(order) { // what fell out of the bottom moves up again
		half := tags[i].height() / 2
		heights[i] = max(heights[i], floor+half)
		floor = heights[i] + half
	}
	return heights
}
