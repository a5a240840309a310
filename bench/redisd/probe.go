package redisd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// errStranger says that what answers on the port is not the server we started.
var errStranger = errors.New("another process answers on the port")

// A proof is a command that changes nothing and what only our server answers.
type proof struct{ command, answer string }

// byPID proves a child of ours: the server states its own pid.
func byPID(pid int) proof {
	return proof{"INFO server", fmt.Sprintf("\nprocess_id:%d\r\n", pid)}
}

// byMarker proves a container of ours, whose pids are not those of the host,
// by the random marker in its configuration.
func byMarker(marker string) proof {
	return proof{"CONFIG GET proc-title-template", marker}
}

// probe asks the server at addr once whether it is ready and ours. It returns
// nil, errStranger, or the reason why it is not ready yet.
//
// It talks the protocol itself, in 20 lines, because whoever listens may not be
// a Redis at all, and a client library may panic or allocate without limit on
// an answer that is none. To a stranger the random password means nothing.
func probe(ctx context.Context, addr, password string, p proof) error {
	const patience, most = time.Second, 64 << 10
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	hurry := func() { _ = conn.SetDeadline(time.Unix(1, 0)) } // ends what waits
	defer context.AfterFunc(ctx, hurry)()
	if _, err := fmt.Fprintf(conn, "AUTH %s\r\nPING\r\n%s\r\nQUIT\r\n", password, p.command); err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, most)) // QUIT ends it
	if err != nil && len(answer) == 0 {
		return err
	}
	return judge(string(answer), p)
}

// judge reads the answers to AUTH, PING and the proof.
func judge(answer string, p proof) error {
	if answer == "" {
		return errors.New("connection closed without an answer")
	}
	auth, rest, _ := strings.Cut(answer, "\r\n")
	if auth != "+OK" || !strings.Contains(rest, p.answer) {
		return errStranger
	}
	if ping, _, _ := strings.Cut(rest, "\r\n"); ping != "+PONG" {
		return fmt.Errorf("PING was answered by %.80q", ping)
	}
	return nil
}
