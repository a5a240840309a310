package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"maps"
	"slices"
)

const (
	// mostShades is what a palette of PNG holds.
	mostShades = 256
	// exactShades are kept as they are, the most frequent ones: flat areas, and
	// most of the lines.
	exactShades = 64
)

// encodePNG encodes an opaque picture with a palette. A chart is flat areas with
// soft edges: the file is half as large as without one, and takes a fifth of the
// time, since PNG then has no filters to try. Of more than 256 shades some edges
// get the nearest of them, less than a sixteenth of full brightness away.
func encodePNG(picture *image.RGBA) ([]byte, error) {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, indexed(picture)); err != nil {
		return nil, fmt.Errorf("report: encode a chart: %w", err)
	}
	return b.Bytes(), nil
}

// indexed is the picture with a palette.
func indexed(picture *image.RGBA) *image.Paletted {
	palette, index := shadesOf(picture)
	p := image.NewPaletted(picture.Rect, palette)
	left := p.Pix
	for shade, n := range runs(picture) {
		i := index[shade]
		for k := range left[:n] {
			left[k] = i
		}
		left = left[n:]
	}
	return p
}

// A pixel is one as image.RGBA holds it.
type pixel [4]uint8

// runs yields the pixels of a picture, row by row, with how many of the same
// follow one another.
func runs(picture *image.RGBA) iter.Seq2[pixel, int] {
	return func(yield func(pixel, int) bool) {
		pix := picture.Pix
		for len(pix) > 0 {
			first, n := binary.NativeEndian.Uint32(pix), 4
			for n < len(pix) && binary.NativeEndian.Uint32(pix[n:]) == first {
				n += 4
			}
			if !yield(pixel(pix[:4]), n/4) {
				return
			}
			pix = pix[n:]
		}
	}
}

// shadesOf chooses the palette of a picture, and says which of its colours stands
// for each shade. After the most frequent shades it takes, again and again, the one
// that is furthest from all that were taken, so that none is far from its stand-in.
func shadesOf(picture *image.RGBA) (color.Palette, map[pixel]uint8) {
	all := byFrequency(picture)
	nearest, gap := make([]uint8, len(all)), slices.Repeat([]int{mostShades}, len(all))
	var palette color.Palette
	for next := 0; len(palette) < min(len(all), mostShades); {
		for i := range all {
			if d := distance(all[i], all[next]); d < gap[i] {
				gap[i], nearest[i] = d, uint8(len(palette))
			}
		}
		palette = append(palette, color.RGBA{all[next][0], all[next][1], all[next][2], all[next][3]})
		if next = len(palette); next >= exactShades {
			next = furthest(gap)
		}
	}
	index := make(map[pixel]uint8, len(all))
	for i := range all {
		index[all[i]] = nearest[i]
	}
	return palette, index
}

// byFrequency are the shades of a picture, the most frequent first, and in an
// order that does not depend on chance.
func byFrequency(picture *image.RGBA) []pixel {
	count := map[pixel]int{}
	for s, n := range runs(picture) {
		count[s] += n
	}
	return slices.SortedFunc(maps.Keys(count), func(a, b pixel) int {
		return cmp.Or(count[b]-count[a], bytes.Compare(a[:], b[:]))
	})
}

// distance is how far apart two shades are in the colour in which they differ most.
func distance(a, b pixel) (most int) {
	for i := range a {
		d := int(a[i]) - int(b[i])
		most = max(most, d, -d)
	}
	return most
}

// furthest is the position of the largest gap.
func furthest(gap []int) (at int) {
	for i := range gap {
		if gap[i] > gap[at] {
			at = i
		}
	}
	return at
}
