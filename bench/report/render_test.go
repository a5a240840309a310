package report

import (
	"bytes"
	"flag"
	"image"
	"image/color"
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
	if x.Bounds() != y.Bounds() {
		return 1
	}
	different := 0
	for i := x.Bounds().Min.X; i < x.Bounds().Max.X; i++ {
		for j := x.Bounds().Min.Y; j < x.Bounds().Max.Y; j++ {
			if distance(x.At(i, j), y.At(i, j)) > 0x1800 {
				different++
			}
		}
	}
	return float64(different) / float64(x.Bounds().Dx()*x.Bounds().Dy())
}

func pixels(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func distance(a, b color.Color) int {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	far := 0
	for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2)} {
		far = max(far, d, -d)
	}
	return far
}
