package report

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTheReportOfThreeDuelsReadsAsItDid(t *testing.T) {
	r := fixture()
	files := theReport(t)
	var summary bytes.Buffer
	if err := Summary(&summary, r, 100); err != nil {
		t.Fatal(err)
	}
	files = append(files, File{"summary.txt", summary.Bytes()})
	for _, path := range []string{indexPath, "pipelining.md", "connection.md", "scan.md", benchPath, "summary.txt"} {
		want := golden(t, path, files.Get(path))
		if diff := cmp.Diff(string(want), string(files.Get(path))); diff != "" {
			t.Errorf("%s differs (-want +got); if that is intended, run with -update:\n%s", path, diff)
		}
	}
	for _, path := range []string{forestPath, "charts/scan-bystander.png"} {
		like(t, path, files.Get(path))
	}
}

// golden returns the file as it should be, after an update if one was asked for.
func golden(t *testing.T, path string, got []byte) []byte {
	t.Helper()
	path = filepath.Join("testdata", "golden", filepath.Base(path))
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// like fails if a picture is not the golden one.
func like(t *testing.T, name string, picture []byte) {
	t.Helper()
	if share := differing(t, golden(t, name, picture), picture); share > 0.005 {
		t.Errorf("%s: %.2f %% of the pixels differ; if that is intended, run with -update", name, share*100)
	}
}

// differing is the share of pixels that are not the same within a few shades.
// Fonts may be rendered a little differently on another architecture.
func differing(t *testing.T, a, b []byte) float64 {
	t.Helper()
	x, y := pixels(t, a), pixels(t, b)
	if x.Rect != y.Rect {
		return 1
	}
	different := 0
	for i := 0; i < len(x.Pix); i += 4 {
		if unlike(x.Pix[i:i+3], y.Pix[i:i+3]) {
			different++
		}
	}
	return float64(different) / float64(len(x.Pix)/4)
}

// unlike reports whether two pixels lie more than a few shades apart.
func unlike(a, b []uint8) bool {
	for i := range a {
		if d := int(a[i]) - int(b[i]); max(d, -d) > 0x18 {
			return true
		}
	}
	return false
}

// pixels are those of a picture, which must be opaque.
func pixels(t *testing.T, data []byte) *image.RGBA {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(decoded.Bounds())
	draw.Draw(picture, picture.Rect, decoded, image.Point{}, draw.Src)
	if !picture.Opaque() {
		t.Fatal("the picture is not opaque")
	}
	return picture
}
