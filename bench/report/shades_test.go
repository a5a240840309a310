package report

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"redisduel/bench"
)

func TestAPictureOfFewShadesIsKeptAsItIs(t *testing.T) {
	for name, shades := range map[string]int{"one": 1, "two": 2, "as many as a palette holds": mostShades} {
		picture := image.NewRGBA(image.Rect(0, 0, 40, 30))
		for i := range 40 * 30 {
			picture.SetRGBA(i%40, i/40, color.RGBA{uint8(i % shades), 7, uint8(i % shades / 2), 255})
		}
		if far := furthestPixel(t, picture); far != 0 {
			t.Errorf("%s: a pixel lies %d away from itself", name, far)
		}
	}
}

func TestNoPixelOfAChartIsFarFromWhatWasDrawn(t *testing.T) {
	sharply(t)
	picture := sheet(chartHeight, bandsAndLines)
	if all := byFrequency(picture); len(all) < 4*mostShades {
		t.Fatalf("a picture of %d shades proves little", len(all))
	}
	if far := furthestPixel(t, picture); far >= 16 {
		t.Errorf("a pixel lies %d away from what was drawn", far)
	}
}

// bandsAndLines draws what has the most shades: bands of all looks upon each other,
// with soft edges, and lines and letters upon those.
func bandsAndLines(c draw.Canvas) {
	for i, name := range []string{bench.Pattern, bench.AntiPattern, bench.Control, "first", "second", "third"} {
		l, at := lookOf(name, i), vg.Length(60+50*i)
		band := []vg.Point{{X: 40, Y: at}, {X: 680, Y: at + 40}, {X: 680, Y: at + 180}, {X: 40, Y: at + 90}}
		c.FillPolygon(l.veil(), band)
		wave := make([]vg.Point, 100)
		for x := range wave {
			wave[x] = vg.Point{X: vg.Length(40 + 6*x), Y: at + vg.Length(60+40*math.Sin(float64(x)/7))}
		}
		c.StrokeLines(l.line(2), wave)
		c.FillText(sans(labelSize, l.color), vg.Point{X: 300, Y: at + 60}, "some words in the colour of a side")
	}
}

func TestFlatAreasKeepTheirColoursAmongManyShades(t *testing.T) {
	picture := sheet(chartHeight, func(c draw.Canvas) {
		bandsAndLines(c)
		c.FillPolygon(blue, []vg.Point{{X: 600, Y: 300}, {X: 700, Y: 300}, {X: 700, Y: 400}, {X: 600, Y: 400}})
	})
	got := decoded(t, picture)
	for name, at := range map[string]struct {
		point image.Point
		want  color.NRGBA
	}{
		"paper": {image.Pt(1, 1), color.NRGBA{255, 255, 255, 255}},
		"area":  {image.Pt(picture.Rect.Dx()*650/720, picture.Rect.Dy()*80/430), blue},
	} {
		if c := got.At(at.point.X, at.point.Y); color.NRGBAModel.Convert(c) != at.want {
			t.Errorf("%s: %v, want %v", name, c, at.want)
		}
	}
}

// furthestPixel is how far a pixel comes to lie from itself when a picture is
// encoded, at most.
func furthestPixel(t *testing.T, picture *image.RGBA) (most int) {
	t.Helper()
	got := decoded(t, picture)
	if got.Rect != picture.Rect {
		t.Fatalf("%v became %v", picture.Rect, got.Rect)
	}
	for i := 0; i < len(got.Pix); i += 4 {
		most = max(most, distance(pixel(got.Pix[i:]), pixel(picture.Pix[i:])))
	}
	return most
}

func decoded(t *testing.T, picture *image.RGBA) *image.RGBA {
	t.Helper()
	data, err := encodePNG(picture)
	if err != nil {
		t.Fatal(err)
	}
	return pixels(t, data)
}
