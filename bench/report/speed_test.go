package report

import "testing"

// BenchmarkReport makes all files of the committed report, as sharp as a user
// gets them.
func BenchmarkReport(b *testing.B) {
	r, err := ReadFile("../../reports/results.json")
	if err != nil {
		b.Fatal(err)
	}
	dpi = 160
	b.Cleanup(func() { dpi = coarse })
	for b.Loop() {
		if _, err := Render(r); err != nil {
			b.Fatal(err)
		}
	}
}
