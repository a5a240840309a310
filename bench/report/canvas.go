package report

import (
	"redisduel/bench/quantity"

	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"git.sr.ht/~sbinet/gg"
	ximage "golang.org/x/image/draw"
	xfont "golang.org/x/image/font"
)

// A chart is usually shown at half of its pixels, or on a telephone at a
// quarter: there the smallest text is still six or seven of them high.
const (
	chartWidth  = vg.Length(720)
	chartHeight = vg.Length(430)
	margin      = vg.Length(16)
)

// published makes a chart 1,600 pixels wide. Tests draw smaller ones, since most of
// the time goes with the number of pixels.
const published = 160

var dpi = published

// The sizes of text, in points.
const (
	titleSize = 19
	labelSize = 14
	smallSize = 12
)

var (
	ink   = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	faint = color.NRGBA{0x59, 0x59, 0x59, 0xff}
	rule  = color.NRGBA{0xe2, 0xe2, 0xe2, 0xff}
)

// paint draws on a white canvas of the given height and encodes it as PNG.
func paint(height vg.Length, picture func(draw.Canvas)) ([]byte, error) {
	return encodePNG(sheet(height, picture))
}

// sheet is a picture on white. Letters are put on it without interpolation, which
// would take half of the time of drawing for nothing: they lie on whole pixels.
func sheet(height vg.Length, picture func(draw.Canvas)) *image.RGBA {
	dots := func(l vg.Length) int { return int(math.Round(l.Dots(float64(dpi)))) }
	paper := image.NewRGBA(image.Rect(0, 0, dots(chartWidth), dots(height)))
	pen := gg.NewContextForRGBA(paper)
	pen.SetInterpolator(ximage.NearestNeighbor)
	pen.SetLineCapButt() // as vgimg sets its own up
	pen.InvertY()
	picture(draw.New(vgimg.NewWith(vgimg.UseDPI(dpi), vgimg.UseImageWithContext(paper, pen))))
	return paper
}

// sans is a style of text, aligned left and at its top.
func sans(size font.Length, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign:  text.XLeft,
		YAlign:  text.YTop,
		Handler: plot.DefaultTextHandler,
	}
}

func bold(s text.Style) text.Style {
	s.Font.Weight = xfont.WeightBold
	return s
}

// aligned returns the style with another alignment.
func aligned(s text.Style, x, y float64) text.Style {
	s.XAlign, s.YAlign = text.XAlignment(x), text.YAlignment(y)
	return s
}

// legible makes text fit for a picture: the font has no thin space.
func legible(s string) string { return strings.ReplaceAll(plain(s), quantity.Thin, " ") }

// fit wraps text to a width in at most n lines; what is left over becomes an
// ellipsis.
func fit(s string, style text.Style, width vg.Length, n int) []string {
	size := sizeIn(style)
	lines := wrap(legible(s), float64(width), size)
	if len(lines) <= n {
		return lines
	}
	last := []rune(lines[n-1])
	for len(last) > 0 && size(string(last)+" …") > float64(width) {
		last = last[:len(last)-1]
	}
	return append(lines[:n-1], strings.TrimSpace(string(last))+" …")
}

// balanced is fit with lines of about the same length, so that no word of the
// last one stands alone, and no number apart from what it counts.
func balanced(s string, style text.Style, width vg.Length, n int) []string {
	lines := fit(s, style, width, n)
	if len(lines) == 1 || strings.HasSuffix(lines[len(lines)-1], "…") {
		return lines
	}
	for narrower := width * 0.97; narrower > width/2; narrower *= 0.97 {
		next := fit(s, style, narrower, n+1)
		if len(next) > len(lines) {
			break
		}
		if !slices.ContainsFunc(next[:len(next)-1], endsInNumber) || slices.ContainsFunc(lines[:len(lines)-1], endsInNumber) {
			lines = next
		}
	}
	return lines
}

// endsInNumber reports whether a line breaks after a number.
func endsInNumber(line string) bool {
	last := line[len(line)-1]
	return last >= '0' && last <= '9'
}

// sizeIn measures text in a style.
func sizeIn(style text.Style) func(string) float64 {
	return func(s string) float64 { return float64(style.Width(s)) }
}

// write draws lines below each other from the top left corner and returns the
// height they take.
func write(c draw.Canvas, style text.Style, at vg.Point, lines []string) vg.Length {
	step := style.Font.Size * 1.25
	for i, line := range lines {
		c.FillText(style, vg.Point{X: at.X, Y: at.Y - vg.Length(i)*step}, line)
	}
	return vg.Length(len(lines)) * step
}

// headed draws a title and a smaller line below it and returns the canvas
// that is left, margins taken off.
func headed(c draw.Canvas, title, subtitle string) draw.Canvas {
	c = draw.Crop(c, margin, -margin, margin/2, -margin)
	style, small := bold(sans(titleSize, ink)), sans(smallSize, faint)
	width := c.Max.X - c.Min.X
	used := write(c, style, vg.Point{X: c.Min.X, Y: c.Max.Y}, balanced(title, style, width, 3))
	used += 2
	used += write(c, small, vg.Point{X: c.Min.X, Y: c.Max.Y - used}, balanced(subtitle, small, width, 2))
	return draw.Crop(c, 0, 0, 0, -used-8)
}

// headHeight is what headed takes from a canvas of the full width.
func headHeight(title, subtitle string) vg.Length {
	style, small := bold(sans(titleSize, ink)), sans(smallSize, faint)
	width := chartWidth - 2*margin
	return margin*1.5 + 10 +
		vg.Length(len(fit(title, style, width, 3)))*titleSize*1.25 +
		vg.Length(len(fit(subtitle, small, width, 2)))*smallSize*1.25
}

// newPlot is an empty plot in the report's fonts, without a background.
func newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = sans(labelSize, ink).Font
		axis.Label.TextStyle.Color = ink
		axis.Label.Padding = 6
		axis.Tick.Label.Font = sans(smallSize+1, ink).Font
		axis.Tick.Label.Color = ink
		axis.Tick.Length = 5
		axis.Tick.Color, axis.Color = faint, faint
		axis.Padding = 0
	}
	return p
}
