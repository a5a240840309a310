package bench

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// A Twin says where the two sides of a scenario are written down.
type Twin struct {
	File string // in both patterns and antipatterns, such as "scan.go"; empty if there is no code to show
	// Names are the functions, methods ("Pool.Do"), types, variables and
	// constants to show, in the order of the file. One that only one package
	// has is shown for that side.
	Names []string
	Note  string // what else the sides differ in, such as a setting of the server, in sentences
}

// A Listing is the source text of a duel's two sides.
type Listing struct {
	File        string `json:"file,omitempty"`
	Pattern     string `json:"pattern,omitempty"`
	AntiPattern string `json:"antipattern,omitempty"`
	Note        string `json:"note,omitempty"`
}

// Listing reads the source text of the twin's names, with their comments cut to
// what a comparison needs. It is nil if there is nothing to show. A name that
// neither package has is an error, and so is a side that has none of them.
func (t Twin) Listing(source fs.FS) (*Listing, error) {
	if source == nil || t.File == "" && t.Note == "" {
		return nil, nil
	}
	l := &Listing{File: t.File, Note: t.Note}
	if t.File == "" {
		return l, nil
	}
	pattern, err := declarations(source, path.Join("patterns", t.File))
	if err != nil {
		return nil, err
	}
	anti, err := declarations(source, path.Join("antipatterns", t.File))
	if err != nil {
		return nil, err
	}
	for _, name := range t.Names {
		if pattern.index(name) < 0 && anti.index(name) < 0 {
			return nil, fmt.Errorf("neither patterns/%s nor antipatterns/%s declares %s; correct the scenario's Twin", t.File, t.File, name)
		}
	}
	l.Pattern, l.AntiPattern = pattern.text(t.Names), anti.text(t.Names)
	if l.Pattern == "" || l.AntiPattern == "" {
		return nil, fmt.Errorf("a side of %s declares none of %s; correct the scenario's Twin", t.File, strings.Join(t.Names, ", "))
	}
	return l, nil
}

func declarations(source fs.FS, file string) (declared, error) {
	text, err := fs.ReadFile(source, file)
	if err != nil {
		return nil, fmt.Errorf("read the source to show: %w", err)
	}
	all, err := declare(file, string(text))
	if err != nil {
		return nil, fmt.Errorf("read the source to show: %w", err)
	}
	for i := range all {
		all[i].Comment = essence(all[i].Comment)
	}
	return all, nil
}

// essence is a comment's first paragraph, and the one that says what is wrong.
func essence(comment string) string {
	var kept []string
	for i, paragraph := range strings.Split(comment, "\n//\n") {
		if i == 0 || strings.HasPrefix(paragraph, "// What is wrong") {
			kept = append(kept, paragraph)
		}
	}
	return strings.Join(kept, "\n//\n")
}
