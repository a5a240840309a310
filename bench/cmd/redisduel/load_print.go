package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"redisduel/bench/generator"
	"redisduel/bench/report"
)

// publish writes the files that were asked for, and the result.
func (f *loadFlags) publish(stdout io.Writer, r *generator.Result) error {
	if f.asJSON {
		return errors.Join(writeJSON(stdout, r), f.export(r))
	}
	if err := report.Load(stdout, r, terminalWidth(stdout)); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", errOutput, err), f.export(r))
	}
	return f.export(r)
}

// probe checks before the load that the files of --hdr can be written.
func (f *loadFlags) probe() error {
	if f.hdr == "" {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(f.hdr), ".redisduel-*")
	if err == nil {
		err = errors.Join(file.Close(), os.Remove(file.Name()))
	}
	if err != nil {
		return fmt.Errorf("%w: cannot write the histograms of --hdr: %w; name another place", errOutput, err)
	}
	return nil
}

// export writes the histograms in HdrHistogram's formats.
func (f *loadFlags) export(r *generator.Result) error {
	if f.hdr == "" {
		return nil
	}
	log, err := report.LoadLog(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	for name, content := range map[string][]byte{".hgrm": report.Percentiles(r.Load.Response), ".hlog": log} {
		if err := os.WriteFile(f.hdr+name, content, 0o644); err != nil {
			return fmt.Errorf("%w: cannot write the histograms of --hdr: %w", errOutput, err)
		}
	}
	return nil
}

// args is the command line that repeats the load, without what is secret.
func (f *loadFlags) args(words []string) []string {
	s := &f.spec
	args := []string{"redisduel", "load", "--conns", fmt.Sprint(s.Conns), "--pipeline", fmt.Sprint(s.Pipeline), "--keys", fmt.Sprint(s.Keys), "--size", fmt.Sprint(s.Size),
		"--duration", s.Duration.String(), "--warmup", s.Warmup.String(), "--rtt", s.RTT.String(), "--seed", fmt.Sprint(s.Seed)}
	for _, c := range []struct {
		given bool
		flag  []string
	}{
		{s.Multiplex, []string{"--multiplex"}},
		{s.Unseeded, []string{"--no-seed"}},
		{f.slo != "", []string{"--slo", f.slo}},
		{s.Rate > 0, []string{"--rate", fmt.Sprint(s.Rate), "--arrivals", f.arrivals}},
		{f.share != "", []string{"--share", f.share}},
		{f.startAt != "", []string{"--start-at", f.startAt}},
		{f.procs > 0, []string{"--procs", fmt.Sprint(f.procs)}},
		{f.target != nil, []string{"--url", "…"}},
		{f.consent.Data, []string{"--allow-data"}},
		{f.consent.Live, []string{"--allow-live"}},
		{f.consent.Blocking, []string{"--allow-blocking"}},
		{f.consent.Lasting, []string{"--allow-lasting"}},
	} {
		if c.given {
			args = append(args, c.flag...)
		}
	}
	return append(append(args, "--"), words...)
}
