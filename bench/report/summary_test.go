package report

import (
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

func TestTheSummaryFitsTheTerminal(t *testing.T) {
	r := fixture()
	r.Partial = strings.Repeat("interrupted ", 20)
	r.Duels[1].Failed = "anunbreakablewordthatislongerthanthewholeterminalmightpossiblybeandthensome"
	for _, test := range []struct{ width, want int }{{0, 80}, {-1, 80}, {10, 40}, {40, 40}, {60, 60}, {80, 80}, {100, 100}, {500, 500}} {
		var b strings.Builder
		if err := Summary(&b, r, test.width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if got := twwidth.Width(strings.TrimSuffix(line, "\n")); got > test.want {
				t.Errorf("width %d: a line takes %d columns: %s", test.width, got, line)
			}
		}
	}
}
