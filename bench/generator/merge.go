package generator

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"redisduel/bench"
	"redisduel/bench/load"
)

// A Source is a result and what errors call it, such as the name of its file.
type Source struct {
	Name   string
	Result *Result
}

// Merge joins the results of all shares of one load: its histograms hold every op
// of each, bucket by bucket, and its Elapsed is the longest. The sources stay as
// they are.
//
// It fails, naming the sources and what keeps them apart, if they are of another
// load, version or server, and if a share is missing or there twice.
func Merge(sources []Source) (*Result, error) {
	if err := complete(sources); err != nil {
		return nil, err
	}
	all := *sources[0].Result
	all.Evidence, all.Unproven = nil, "" // each generator saw the counters of a time of its own
	all.Args, all.Partial, all.Spec.Share, all.Spec.Shares = nil, "", 0, 0
	all.Parts, all.Nils, all.Generator, all.Clock = 0, 0, Generation{}, nil
	all.Spread = spread(sources)
	loads := make([]*load.Result, len(sources))
	for i, s := range sources {
		loads[i] = s.Result.Load
		all.add(s.Result)
	}
	merged, err := load.Merged(loads...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bench.ErrUsage, err)
	}
	merged.Elapsed = slices.MaxFunc(loads, func(a, b *load.Result) int { return int(a.Elapsed - b.Elapsed) }).Elapsed
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
	if share.Started.Before(r.Started) {
		r.Started = share.Started
	}
	if share.Partial != "" {
		said := fmt.Sprintf("share %d: %s", share.Spec.Share, share.Partial)
		r.Partial = strings.TrimPrefix(r.Partial+"; "+said, "; ")
	}
}

// complete says why the sources are not each share of one load once.
func complete(sources []Source) error {
	if len(sources) == 0 {
		return fmt.Errorf("%w: there is nothing to merge", bench.ErrUsage)
	}
	owners := map[int]string{}
	first := sources[0]
	for _, s := range sources {
		share := s.Result.Spec
		if share.Shares == 0 {
			return fmt.Errorf("%s is no share of a load, but the whole; merge what was made with --share", s.Name)
		}
		if why := apart(first.Result, s.Result); why != "" {
			return fmt.Errorf("%s and %s do not belong together (%s); merge shares of one load", first.Name, s.Name, why)
		}
		if s.Result.Server.Own {
			return fmt.Errorf("%s was made on a server of its own; merge shares that loaded one server, named with --url", s.Name)
		}
		if other, twice := owners[share.Share]; twice {
			return fmt.Errorf("%s and %s are both share %d of %d, which must not count twice; name each share once", other, s.Name, share.Share, share.Shares)
		}
		owners[share.Share] = s.Name
	}
	return lacking(owners, first.Result.Spec.Shares)
}

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
	return fmt.Errorf("%d of %d shares are missing (%s); name the results of all", len(out), shares, names)
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
