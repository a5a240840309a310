package report

import (
	"strings"
	"testing"
)

func TestVariantsHaveATableOfTheirOwn(t *testing.T) {
	page := string(theReport(t).Get("pipelining.md"))
	_, page, _ = strings.Cut(page, "## All metrics")
	twins, variants, found := strings.Cut(page, "The same of the third ways:")
	if !found || strings.Contains(twins, "mget") {
		t.Errorf("the twins' table reads:\n%s", twins)
	}
	if header := lineWith(t, variants, "| metric"); !strings.Contains(header, "mget") || strings.Contains(header, "pattern") {
		t.Errorf("the variants' header is %s", header)
	}
	if strings.Contains(string(theReport(t).Get("connection.md")), "The same of the third ways") {
		t.Error("a duel without variants has a table of them")
	}
}
