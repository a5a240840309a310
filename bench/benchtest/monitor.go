package benchtest

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"testing"

	"redisduel/bench"
)

// monitor opens a raw connection on which the server reports every command; no
// client library offers that, rightly.
func monitor(t *testing.T, target bench.Target) (net.Conn, *bufio.Scanner) {
	t.Helper()
	u, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	if _, err := fmt.Fprintf(conn, "AUTH %s\r\nMONITOR\r\n", password); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	for range 2 {
		if !lines.Scan() || lines.Text() != "+OK" {
			t.Fatalf("MONITOR was refused: %q", lines.Text())
		}
	}
	return conn, lines
}
