package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"redisduel/bench/generator"
)

// ReadLoadFile reads what `redisduel load --json` printed, under the conditions
// of [Read]. It returns nil and no error if the file holds something else, such
// as the results of a run.
func ReadLoadFile(path string) (*generator.Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("report: cannot open the results: %w; name what a load or a run wrote", err)
	}
	defer f.Close() // read only: nothing to lose
	data, err := atMost(largest, f, path)
	if err != nil {
		return nil, err
	}
	var kind struct {
		Schema *int `json:"load_schema"`
	}
	if err := json.Unmarshal(data, &kind); kind.Schema == nil {
		return nil, nil //nolint:nilnil,nilerr // whoever reads what it is will say what is wrong
	} else if err != nil {
		return nil, locate(path, data, err)
	}
	result, err := decodeLoad(data, *kind.Schema)
	if err != nil {
		return nil, locate(path, data, err)
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
