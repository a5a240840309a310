package generator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"redisduel/bench"
	"redisduel/bench/load"
)

// Merge joins the results of all shares of one load: its histograms hold every op
// of each, bucket by bucket, and its Elapsed is the longest. The results stay as
// they are.
//
// It fails, naming the results and what keeps them apart, if they are of another
// load, version or kind of server, and if a share is missing or there twice.
func Merge(results ...*Result) (*Result, error) {
	if err := complete(results); err != nil {
		return nil, fmt.Errorf("%w: %w", bench.ErrUsage, err)
	}
	all := *results[0]
	all.Evidence, all.Nodes, all.Unproven = nil, nil, "" // each generator saw the counters of a time of its own
	all.Name, all.Args, all.Partial, all.Spec.Share, all.Spec.Shares = "", nil, "", 0, 0
	all.Parts, all.Nils, all.Generator, all.Clock = 0, 0, Generation{}, nil
	all.Spread = spread(results)
	loads := make([]*load.Result, len(results))
	for i, r := range results {
		loads[i] = r.Load
		all.add(r)
	}
	merged, err := load.Merged(loads...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bench.ErrUsage, err)
	}
	merged.Elapsed = slices.MaxFunc(loads, func(a, b *load.Result) int { return cmp.Compare(a.Elapsed, b.Elapsed) }).Elapsed
	all.Load = merged
	all.Finish()
	return &all, nil
}

// add counts what a share took and met with.
func (r *Result) add(share *Result) {
	r.Parts += share.Parts
	r.Nils += share.Nils
	r.RTT, r.Late = max(r.RTT, share.RTT), max(r.Late, share.Late)
	r.Generator.CPU += share.Generator.CPU
	r.Generator.Procs += share.Generator.Procs
	r.Generator.Wall = max(r.Generator.Wall, share.Generator.Wall)
	r.Generator.Memory = max(r.Generator.Memory, share.Generator.Memory)
	if share.Started.Before(r.Started) {
		r.Started = share.Started
	}
	if share.Partial != "" {
		said := fmt.Sprintf("share %d: %s", share.Spec.Share, share.Partial)
		r.Partial = strings.TrimPrefix(r.Partial+"; "+said, "; ")
	}
}

// complete says why the results are not each share of one load once.
func complete(results []*Result) error {
	if len(results) == 0 {
		return errors.New("there is nothing to merge")
	}
	first, owners := results[0], map[int]string{}
	for i, r := range results {
		name, share, of := r.called(i), r.Spec.Share, r.Spec.Shares
		if of == 0 {
			return fmt.Errorf("%s is no share of a load: it was made without --share, and so is another load than its shares", name)
		}
		if why := apart(first, r); why != "" {
			return fmt.Errorf("%s and %s do not belong together (%s); merge shares of one load", first.called(0), name, why)
		}
		if other, twice := owners[share]; twice {
			return fmt.Errorf("%s and %s are both share %d of %d, which must not count twice; name each share once", other, name, share, of)
		}
		owners[share] = name
	}
	return lacking(owners, first.Spec.Shares)
}

// called is what errors call the i'th of several results.
func (r *Result) called(i int) string { return cmp.Or(r.Name, fmt.Sprintf("result %d", i+1)) }

// lacking names the shares that nobody has.
func lacking(owners map[int]string, shares int) error {
	var out []string
	for i := range shares {
		if _, there := owners[i]; !there {
			out = append(out, fmt.Sprint(i))
		}
	}
	if len(out) == 0 {
		return nil
	}
	const most = 10
	names := strings.Join(out[:min(most, len(out))], ", ")
	if more := len(out) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("only %d of %d shares are there, and not %s; name the results of all", len(owners), shares, names)
}

// apart says in what two shares differ besides the share itself, by the names
// that their files have for it; empty if in nothing.
func apart(a, b *Result) string {
	var found []string
	check := func(what string, first, then any) {
		if !reflect.DeepEqual(first, then) {
			found = append(found, fmt.Sprintf("%s: %v, then %v", what, first, then))
		}
	}
	check("version of redisduel", a.Version, b.Version)
	x, y := reflect.ValueOf(a.Spec), reflect.ValueOf(b.Spec)
	for i := range x.NumField() {
		if name, _, _ := strings.Cut(x.Type().Field(i).Tag.Get("json"), ","); name != "share" {
			check(name, x.Field(i).Interface(), y.Field(i).Interface())
		}
	}
	check("server", kind(a.Server), kind(b.Server))
	return strings.Join(found, "; ")
}

// kind is the server in words.
func kind(s bench.Server) string {
	return fmt.Sprintf("%s %s, %s of %d", s.Software, s.Version, s.Mode, s.Nodes)
}

// Decode reads the JSON of a Result, with no field that this version does not
// know, and refuses one that does not add up. It returns nil and no error for the
// JSON of something else.
func Decode(data []byte) (*Result, error) {
	var kind struct {
		Schema *int `json:"load_schema"`
	}
	err := json.Unmarshal(data, &kind)
	if _, broken := errors.AsType[*json.SyntaxError](err); broken || err != nil && kind.Schema != nil {
		return nil, err
	}
	if kind.Schema == nil {
		return nil, nil //nolint:nilnil // it is no load, which is no error
	}
	if *kind.Schema != Schema {
		return nil, fmt.Errorf("its load_schema is %d and this redisduel reads %d; use the redisduel that wrote it", *kind.Schema, Schema)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	r := new(Result)
	if err := d.Decode(r); err != nil {
		return nil, err
	}
	if r.Load == nil {
		return nil, errors.New("it has no counts of a load")
	}
	return r, errors.Join(r.Spec.Validate(), r.Load.Conserved())
}
