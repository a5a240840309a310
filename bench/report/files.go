package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"redisduel/bench"
)

// A File is one file of a report.
type File struct {
	Path string // relative to the report's directory, with slashes
	Data []byte
}

// Files is a report, in the order in which it is to be written: the results
// first, since everything else can be made from them again.
type Files []File

// Get returns the content of the file at path, nil if there is none.
func (f Files) Get(path string) []byte {
	for _, file := range f {
		if file.Path == path {
			return file.Data
		}
	}
	return nil
}

// The files of every report.
const (
	resultsPath = "results.json"
	indexPath   = "README.md"
	benchPath   = "benchmarks.txt"
	forestPath  = "charts/ratios.png"
)

// Render makes all files of a report. The same result gives the same bytes,
// and so does the result that [Read] makes of the report's results.json. It
// fails if the result could not be read back: a name that is no file name,
// operations that do not add up, or a number that JSON does not have.
func Render(r *bench.Result) (Files, error) {
	if err := validate(r); err != nil {
		return nil, fmt.Errorf("report: the result cannot be rendered: %w", err)
	}
	r, encoded, err := canonical(r)
	if err != nil {
		return nil, err
	}
	files := Files{{resultsPath, encoded}, {benchPath, benchmarks(r)}}
	pages, err := renderPages(r)
	if err != nil {
		return nil, err
	}
	files = append(files, pages...)
	files, err = appendClaims(files, r.Claims, r)
	if err != nil {
		return nil, err
	}
	return appendIndex(files, r)
}

// renderPages makes the files of the sweeps and of the duels, which refer to
// them. They are made side by side: charts take most of a report's time, and a
// user who interrupted a run waits for it.
func renderPages(r *bench.Result) (Files, error) {
	parts := make([]Files, len(r.Sweeps)+len(r.Duels))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range parts {
		group.Go(func() (err error) {
			if i < len(r.Sweeps) {
				parts[i], err = RenderSweep(&r.Sweeps[i])
			} else {
				parts[i], err = duelFiles(r, &r.Duels[i-len(r.Sweeps)])
			}
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(parts...), err
}

// appendIndex adds the index and its picture, last: the index links to all
// the others.
func appendIndex(files Files, r *bench.Result) (Files, error) {
	picture, err := forest(r.Duels)
	if err != nil {
		return nil, err
	}
	if picture != nil {
		files = append(files, File{forestPath, picture})
	}
	page, err := index(r, picture != nil)
	if err != nil {
		return nil, fmt.Errorf("report: index: %w", err)
	}
	return append(files, File{indexPath, page}), nil
}

// canonical returns the result as it would be read back, and its JSON.
//
// The two differ only if some text is not valid UTF-8. encoding/json writes
// each bad byte as the escape of U+FFFD, but a U+FFFD as itself, so that a
// second pass would give other bytes than the first.
func canonical(r *bench.Result) (*bench.Result, []byte, error) {
	encoded, err := encode(r)
	if err != nil || !bytes.Contains(encoded, []byte(`\ufffd`)) {
		return r, encoded, err
	}
	read, err := decode(encoded)
	if err != nil {
		return nil, nil, fmt.Errorf("report: the result cannot be read back: %w", err)
	}
	encoded, err = encode(read)
	return read, encoded, err
}

func encode(r any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("report: the result cannot be written as JSON: %w", err)
	}
	return b.Bytes(), nil
}
