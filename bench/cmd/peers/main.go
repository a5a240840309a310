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
	"os/signal"
	"strings"
	"syscall"

	"redisduel/bench/peers"
	"redisduel/bench/redisd"
	"redisduel/bench/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// run is the whole program.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	var o peers.Options
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.Redisduel, "redisduel", "bin/redisduel", "the redisduel command")
	flags.StringVar(&o.Toxiproxy, "toxiproxy", "", "toxiproxy's server (default: left out)")
	flags.StringVar(&o.Only, "only", "", "one step: "+strings.Join(peers.Steps, ", ")+" (default: all)")
	flags.BoolVar(&o.Quick, "quick", false, "little of everything, which tests the steps and measures nothing")
	server := flags.String("redis-server", "", "the server to start (default: the one on PATH)")
	out := flags.String("out", "reports", "directory to write to")
	from := flags.String("from", "", "write the page again from this peers.json, and measure nothing")
	if err := flags.Parse(args); err != nil {
		return err
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
	return report.Write(*out, files)
}

// measured is the result: read from a file, or new.
func measured(ctx context.Context, o peers.Options, server, from string) (_ *peers.Result, err error) {
	if from != "" {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		var r peers.Result
		if err := json.Unmarshal(data, &r); err != nil || r.Schema != peers.Schema {
			return nil, errors.Join(fmt.Errorf("%s is no peers.json of schema %d", from, peers.Schema), err)
		}
		return &r, nil
	}
	if o.Server, err = redisd.Find(ctx, server); err != nil {
		return nil, err
	}
	return peers.Run(ctx, o)
}
