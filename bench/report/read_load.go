package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
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
	var kind struct {
		Schema *int `json:"load_schema"`
	}
	err = json.Unmarshal(data, &kind)
	if _, broken := errors.AsType[*json.SyntaxError](err); broken || err != nil && kind.Schema != nil {
		return nil, locate(name, data, err)
	}
	if kind.Schema == nil {
		return nil, nil //nolint:nilnil // it is no load, which is no error
	}
	result, err := decodeLoad(data, *kind.Schema)
	if err != nil {
		return nil, locate(name, data, err)
	}
	return result, nil
}

func decodeLoad(data []byte, schema int) (*generator.Result, error) {
	if schema != generator.Schema {
		return nil, fmt.Errorf("its load_schema is %d and this redisduel reads %d; use the redisduel that wrote it", schema, generator.Schema)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	result := new(generator.Result)
	if err := d.Decode(result); err != nil {
		return nil, err
	}
	if result.Load == nil {
		return nil, errors.New("it has no counts of a load")
	}
	return result, cmp.Or(result.Spec.Validate(), validLoad("load", result.Load), result.Load.Conserved())
}
