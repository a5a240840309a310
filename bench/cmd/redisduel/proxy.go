package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"redisduel/bench"
	"redisduel/bench/clock"
	"redisduel/bench/netem"
)

func newProxy() *cobra.Command {
	var listen, upstream, bandwidth string
	var link netem.Link
	cmd := &cobra.Command{
		Use:   "proxy --listen HOST:PORT --upstream HOST:PORT",
		Short: "Put the emulated network between any client and any server",
		Long: `Accept connections and carry each to the upstream server through the emulated
network, so that any Redis client or benchmark can be measured across a
distance. A new connection pays one round trip for its handshake. TCP slow
start and loss are not modelled. Ends on SIGINT or SIGTERM.`,
		Example: `  redisduel proxy --listen 127.0.0.1:7000 --upstream 127.0.0.1:6379 --rtt 1ms
  redis-benchmark -p 7000 -t get`,
		Args: takes(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if link.Bandwidth, err = parseBandwidth(bandwidth); err != nil {
				return err
			}
			return serveProxy(cmd, link, listen, upstream)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:7000", "address to accept connections on")
	flags.StringVar(&upstream, "upstream", "127.0.0.1:6379", "address of the server")
	flags.DurationVar(&link.RTT, "rtt", defaultRTT, "round-trip time")
	flags.DurationVar(&link.Jitter, "jitter", 0, "spread of the round-trip time, up or down")
	flags.StringVar(&bandwidth, "bandwidth", "", "bandwidth each way, such as 100Mbit or 12.5MB (per second; default: no limit)")
	return cmd
}

func serveProxy(cmd *cobra.Command, link netem.Link, listen, upstream string) error {
	for _, flag := range []struct{ name, address string }{{"listen", listen}, {"upstream", upstream}} {
		if _, _, err := net.SplitHostPort(flag.address); err != nil {
			return badFlag(flag.name, flag.address, "an address of the form HOST:PORT")
		}
	}
	network, err := netem.New(link, clock.Precise(), nil)
	if err != nil {
		return fmt.Errorf("%w: %w; change --rtt or --jitter", bench.ErrUsage, err)
	}
	ctx := cmd.Context()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return errors.Join(fmt.Errorf("%w: cannot listen: %w; name another address with --listen", bench.ErrEnvironment, err), network.Close())
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "redisduel: listening on %v, %v away from %s\n", listener.Addr(), link.RTT.Round(time.Microsecond), upstream)
	return errors.Join(network.Serve(ctx, listener, upstream), network.Close())
}
