package redisduel

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	links    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	unslug   = regexp.MustCompile(`[^\p{L}\p{N} -]`)
	headings = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestEveryLinkOfTheCommittedReportLeadsSomewhere follows the links of all pages
// to their files and sections.
func TestEveryLinkOfTheCommittedReportLeadsSomewhere(t *testing.T) {
	followed := 0
	err := filepath.WalkDir("reports", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		for _, m := range links.FindAllStringSubmatch(read(t, path), -1) {
			if address, err := url.Parse(m[1]); err != nil || !address.IsAbs() {
				followed++
				follow(t, path, m[1])
			}
		}
		return nil
	})
	if err != nil || followed < 50 {
		t.Errorf("%d links were followed: %v", followed, err)
	}
}

func follow(t *testing.T, from, link string) {
	t.Helper()
	name, section, _ := strings.Cut(link, "#")
	target := filepath.Join(filepath.Dir(from), filepath.FromSlash(name))
	if name == "" {
		target = from
	}
	text, err := os.ReadFile(target)
	if err != nil {
		t.Errorf("%s links to %s: %v", from, link, err)
		return
	}
	if section != "" && !slices.Contains(sections(string(text)), section) {
		t.Errorf("%s links to %s, which has no such section", from, link)
	}
}

// sections are the addresses of a page's headings.
func sections(page string) (all []string) {
	for _, m := range headings.FindAllStringSubmatch(page, -1) {
		all = append(all, strings.ReplaceAll(unslug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return all
}
