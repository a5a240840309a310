package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"redisduel/bench"
	"redisduel/bench/latency"
)

const (
	// largest is the number of bytes of results.json that are read.
	largest = 256 << 20
	// mostTrials bounds what a small file can make us allocate: each of the
	// six histograms of a trial takes 250 kB however few bytes it is written in.
	mostTrials = 10_000
)

// ReadFile is [Read] from a file.
func ReadFile(path string) (*bench.Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("report: cannot open the results: %w; name the results.json of a run", err)
	}
	defer f.Close() // read only: nothing to lose
	return Read(f, path)
}

// Read decodes and validates what [Render] wrote as results.json. name is
// what errors call the input. Input that is cut, corrupt, of another schema,
// with fields this version does not know or of more than 256 MiB yields one
// sentence with the position, and never a panic.
//
// It takes about 250 kB for each histogram, six to a trial with a bystander.
func Read(r io.Reader, name string) (*bench.Result, error) {
	data, err := atMost(largest, r, name)
	if err != nil {
		return nil, err
	}
	result, err := decode(data)
	if err != nil {
		return nil, locate(name, data, err)
	}
	return result, nil
}

func atMost(limit int, r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("report: cannot read %s after %d bytes: %w; name the results.json of a run", plain(name), len(data), err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("report: %s is longer than %d bytes; that is no results.json", plain(name), limit)
	}
	return data, nil
}

// An outline is decoded first: it shows at little cost what it is about to be.
type outline struct {
	Schema *int `json:"schema"`
	Duels  []struct {
		Trials []struct {
			Spans map[string]json.RawMessage `json:"spans"`
		} `json:"trials"`
	} `json:"duels"`
}

func (o *outline) trials() (n, spans int) {
	for _, d := range o.Duels {
		n += len(d.Trials)
		for _, t := range d.Trials {
			spans += len(t.Spans)
		}
	}
	return n, spans
}

func decode(data []byte) (*bench.Result, error) {
	var o outline
	err := json.Unmarshal(data, &o)
	trials, spans := o.trials()
	switch {
	case err != nil && o.Schema == nil:
		return nil, err
	case o.Schema == nil:
		return nil, errors.New(`it has no "schema"; it was not written by redisduel`)
	case *o.Schema > bench.Schema:
		return nil, fmt.Errorf("its schema %d is newer than %d, the newest this redisduel knows; use a newer redisduel", *o.Schema, bench.Schema)
	case err != nil:
		return nil, err
	case trials > mostTrials || spans > mostTrials:
		return nil, fmt.Errorf("it has %d trials with %d further histograms; more than %d of either are not read", trials, spans, mostTrials)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	result := new(bench.Result)
	if err := d.Decode(result); err != nil {
		return nil, err
	}
	return result, validate(result)
}

// locate makes an error of decode one sentence with file and position.
func locate(name string, data []byte, err error) error {
	name = plain(name)
	at, ok := offset(data, err)
	if !ok {
		return fmt.Errorf("report: %s cannot be used: %w", name, err)
	}
	if mismatch, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		err = fmt.Errorf("it holds a JSON %s where something else belongs", mismatch.Value)
	}
	head := data[:min(at, int64(len(data)))]
	line := bytes.Count(head, []byte("\n")) + 1
	column := len(head) - bytes.LastIndexByte(head, '\n')
	if at >= int64(len(data)) {
		return fmt.Errorf("report: %s ends too early, at byte %d (line %d): %w; take another copy or run again", name, at, line, err)
	}
	return fmt.Errorf("report: %s is corrupt at byte %d (line %d, column %d): %w; take another copy or run again", name, at, line, column, err)
}

// offset is the number of bytes before the fault.
func offset(data []byte, err error) (at int64, ok bool) {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return int64(len(data)), true
	case errors.As(err, &syntax):
		return max(syntax.Offset-1, 0), true
	case errors.As(err, &mismatch):
		return mismatch.Offset, true
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		at := bytes.Index(data, []byte(strings.TrimPrefix(err.Error(), "json: unknown field ")))
		return int64(at), at >= 0
	}
	return badHist(data)
}

// badHist looks for the first histogram that does not decode: encoding/json
// does not say where a type's own decoder failed.
func badHist(data []byte) (at int64, ok bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if err != nil {
			return 0, false
		}
		key, _ := token.(string)
		if key != "response" && key != "service" && key != "lateness" {
			continue
		}
		at := d.InputOffset()
		var raw json.RawMessage
		if d.Decode(&raw) == nil && json.Unmarshal(raw, latency.New()) != nil {
			return at, true
		}
	}
}
