package report

import (
	"cmp"
	"fmt"
	"io"
	"os"

	"redisduel/bench/generator"
)

// ReadLoadFile is [ReadLoad] from a file.
func ReadLoadFile(path string) (*generator.Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("report: cannot open the results: %w; name what a load or a run wrote", err)
	}
	defer f.Close() // read only: nothing to lose
	return ReadLoad(f, path)
}

// ReadLoad decodes and validates what `redisduel load --json` printed, as [Read]
// does what a run wrote. It returns nil and no error if the input is other JSON,
// such as the results of a run.
func ReadLoad(r io.Reader, name string) (*generator.Result, error) {
	data, err := atMost(largest, r, name)
	if err != nil {
		return nil, err
	}
	result, err := generator.Decode(data)
	if result != nil {
		err = cmp.Or(err, validLoad("load", result.Load))
	}
	if err != nil {
		return nil, locate(name, data, err)
	}
	if result != nil {
		result.Name = name
	}
	return result, nil
}
