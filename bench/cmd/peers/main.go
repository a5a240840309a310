// Command peers measures redisduel against other programs of its kind, and
// writes peers.md, its chart and peers.json with what every round gave. It is
// for those who work on redisduel: `make peers` builds what it needs and runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"redisduel/bench"
	"redisduel/bench/cmd/interrupt"
	"redisduel/bench/peers"
	"redisduel/bench/redisd"
	"redisduel/bench/report"
)

// Exit codes, as those of redisduel.
const (
	exitOK          = 0
	exitUsage       = 2
	exitEnvironment = 4 // no server to start, no redisduel
	exitFailed      = 5 // a step
	exitOutput      = 7 // the page could not be read or written
)

// errOutput means that the page, or what it is made from, could not be read or
// written.
var errOutput = errors.New("report")

func main() {
	// A second signal is not heard: the first ends what was started, which would
	// outlive us.
	ctx, stop := interrupt.Context(context.Background(), func(int) {})
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stderr io.Writer) int {
	err := compare(ctx, args, stderr)
	signal, stopped := interrupt.Of(ctx)
	switch {
	case stopped && err == nil:
		fmt.Fprintf(stderr, "peers: %v after the last step; the page is whole\n", signal)
		return signal.Code()
	case stopped && !errors.Is(err, errOutput):
		fmt.Fprintf(stderr, "peers: %v; nothing was written\n", signal)
		return signal.Code()
	case err == nil:
		return exitOK
	}
	fmt.Fprintln(stderr, "peers:", bench.Sentence(err.Error()))
	return exitCode(err)
}

func exitCode(err error) int {
	switch {
	case errors.Is(err, bench.ErrUsage):
		return exitUsage
	case errors.Is(err, bench.ErrEnvironment):
		return exitEnvironment
	case errors.Is(err, errOutput):
		return exitOutput
	}
	return exitFailed
}

// compare measures, or reads what was measured, and writes the page.
func compare(ctx context.Context, args []string, stderr io.Writer) error {
	var o peers.Options
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.StringVar(&o.Redisduel, "redisduel", "bin/redisduel", "the redisduel command")
	flags.StringVar(&o.Toxiproxy, "toxiproxy", "", "toxiproxy's server (default: left out)")
	flags.StringVar(&o.Only, "only", "", "one step: "+strings.Join(peers.Steps, ", ")+" (default: all)")
	flags.BoolVar(&o.Quick, "quick", false, "little of everything, which tests the steps and measures nothing")
	server := flags.String("redis-server", "", "the server to start (default: the one on PATH)")
	out := flags.String("out", "", "directory to write to (default: reports; of one step bin/peers, since its page is not the whole one)")
	from := flags.String("from", "", "write the page again from this peers.json, and measure nothing")
	flags.SetOutput(io.Discard) // what is wrong is said once, as an error
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return fmt.Errorf("%w: %w; --help shows what there is", bench.ErrUsage, err)
	case flags.NArg() > 0:
		return fmt.Errorf("%w: %q is no flag; --help shows what there is", bench.ErrUsage, flags.Arg(0))
	}
	if *out == "" {
		*out = "reports"
		if o.Only != "" {
			*out = filepath.Join("bin", "peers")
		}
	}
	if err := report.Probe(*out); err != nil { // before twelve minutes of measuring
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	o.Log = func(what string) { fmt.Fprintln(stderr, "peers:", what) }
	result, err := measured(ctx, o, *server, *from)
	if err != nil {
		return err
	}
	files, err := report.Peers(result)
	if err != nil {
		return err
	}
	if err := report.Write(*out, files); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	o.Log("the page is " + filepath.Join(*out, "peers.md"))
	return nil
}

// measured is the result: read from a file, or new.
func measured(ctx context.Context, o peers.Options, server, from string) (_ *peers.Result, err error) {
	if from != "" {
		return stored(from)
	}
	if o.Server, err = redisd.Find(ctx, server); err != nil {
		return nil, fmt.Errorf("%w: %w", bench.ErrEnvironment, err)
	}
	return peers.Run(ctx, o)
}

func stored(path string) (*peers.Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: cannot read what was measured: %w", errOutput, err)
	}
	var r peers.Result
	err = json.Unmarshal(data, &r)
	if err == nil && r.Schema != peers.Schema {
		err = fmt.Errorf("its schema is %d", r.Schema)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s is no peers.json of schema %d: %w", errOutput, path, peers.Schema, err)
	}
	return &r, nil
}
