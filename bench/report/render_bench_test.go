package report

import "testing"

// BenchmarkReport makes all files of the committed report, as sharp as users get
// them: what remains of a run after its last trial, without the disk.
func BenchmarkReport(b *testing.B) {
	r, err := ReadFile("../../reports/results.json")
	if err != nil {
		b.Fatal(err)
	}
	defer func(tests int) { dpi = tests }(dpi)
	dpi = published
	for b.Loop() {
		if _, err := Render(r); err != nil {
			b.Fatal(err)
		}
	}
}
