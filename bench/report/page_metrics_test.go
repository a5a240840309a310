package report

import (
	"strings"
	"testing"
)

func TestVariantsHaveATableOfTheirOwn(t *testing.T) {
	page := string(theReport(t).Get("pipelining.md"))
	_, page, _ = strings.Cut(page, "## All metrics")
	twins, variants, _ := strings.Cut(page, "## Latency")
	if strings.Contains(twins, "mget") {
		t.Errorf("the twins' table reads:\n%s", twins)
	}
	_, variants, _ = strings.Cut(variants, "## Third ways")
	if header := lineWith(t, variants, "| metric"); !strings.Contains(header, " pattern |") || !strings.Contains(header, "mget") {
		t.Errorf("the variants' header is %s", header)
	}
	if strings.Contains(string(theReport(t).Get("connection.md")), "Third ways") {
		t.Error("a duel without variants has a table of them")
	}
}
