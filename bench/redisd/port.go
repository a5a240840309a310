package redisd

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// loopback is the address all servers listen on.
const loopback = "127.0.0.1"

// freePort returns a port of loopback that nothing listens on at the moment.
//
// It lies below the range from which Linux (32768) and macOS (49152) take the
// ports of outgoing connections. A port of that range can be taken by any
// connection the load opens; worse, a client that reconnects to a server that
// has died can be given the server's port as its own and so be connected to
// itself, and would read its commands as replies.
func freePort() (int, error) {
	const low, high, tries = 20000, 30000, 50
	var err error
	for range tries {
		port := low + rand.N(high-low)
		var l net.Listener
		if l, err = net.Listen("tcp", address(port)); err == nil { //nolint:noctx // it does not wait
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("redisd: no free port between %d and %d on %s: %w", low, high, loopback, err)
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
