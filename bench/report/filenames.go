package report

import (
	"fmt"
	"strings"
)

// longestName bounds a file name; file systems take 255 bytes.
const longestName = 60

// fileNames are names for the sides' files and tags: lower-case letters, digits
// and hyphens, no two the same.
func fileNames(sides []side) []string {
	taken := map[string]bool{}
	names := make([]string, len(sides))
	for i := range sides {
		base := fileName(sides[i].name)
		names[i] = base
		for n := 2; taken[names[i]]; n++ {
			names[i] = fmt.Sprintf("%s-%d", base, n)
		}
		taken[names[i]] = true
	}
	return names
}

// fileName keeps ASCII letters and digits and makes one hyphen of all else between
// them; a name without any is "side".
func fileName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	s := strings.Join(words, "-")
	s = strings.TrimRight(s[:min(len(s), longestName)], "-")
	if s == "" {
		return "side"
	}
	return s
}
