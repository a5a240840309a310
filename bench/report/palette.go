package report

import (
	"image/color"

	"redisduel/bench"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A look is how a side is drawn on every chart. Sides differ in colour, in
// dashes and in the marker, so that they can be told apart in grey, too.
type look struct {
	color  color.NRGBA
	dashes []vg.Length
	marker draw.GlyphDrawer
}

// The colours are those of Okabe and Ito, which colour-blind readers can tell
// apart: https://jfly.uni-koeln.de/color/
var (
	blue       = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	vermillion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	grey       = color.NRGBA{0x80, 0x80, 0x80, 0xff}
	green      = color.NRGBA{0x00, 0x9e, 0x73, 0xff}
	purple     = color.NRGBA{0xb0, 0x5a, 0x8a, 0xff} // darker than theirs, for text on white
	orange     = color.NRGBA{0xc0, 0x80, 0x00, 0xff} // likewise
)

// lookOf returns the look of the side at a position among all sides.
func lookOf(name string, position int) look {
	switch name {
	case bench.Pattern:
		return look{blue, nil, draw.CircleGlyph{}}
	case bench.AntiPattern:
		return look{vermillion, []vg.Length{9, 4}, draw.BoxGlyph{}}
	case bench.Control:
		return look{grey, []vg.Length{2, 3}, cross{}}
	}
	variants := []look{
		{green, []vg.Length{12, 3, 2, 3}, draw.PyramidGlyph{}},
		{purple, []vg.Length{5, 3}, triangle{}},
		{orange, []vg.Length{12, 3, 2, 3, 2, 3}, hollow{}},
	}
	return variants[max(position-2, 0)%len(variants)]
}

func (l look) line(width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: width, Dashes: l.dashes}
}

func (l look) glyph(radius vg.Length) draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color, Radius: radius, Shape: l.marker}
}

// veil is the colour of a band.
func (l look) veil() color.NRGBA {
	c := l.color
	c.A = 0x30
	return c
}

// hollow is a ring with a thick line; draw.RingGlyph's is hard to see.
type hollow struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (hollow) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	draw.CircleGlyph{}.DrawGlyph(c, style, at)
	c.SetColor(color.White)
	style.Radius -= 2
	draw.CircleGlyph{}.DrawGlyph(c, style, at)
}

// cross is an x with a thick line; draw.CrossGlyph's is hard to see.
type cross struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (cross) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	line, r := draw.LineStyle{Color: style.Color, Width: style.Radius * 0.35}, style.Radius*0.8
	c.StrokeLine2(line, at.X-r, at.Y-r, at.X+r, at.Y+r)
	c.StrokeLine2(line, at.X-r, at.Y+r, at.X+r, at.Y-r)
}

// triangle is the outline of draw.PyramidGlyph with a thick line, likewise.
type triangle struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (triangle) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	draw.PyramidGlyph{}.DrawGlyph(c, style, at)
	c.SetColor(color.White)
	style.Radius *= 0.45
	draw.PyramidGlyph{}.DrawGlyph(c, style, at)
}
