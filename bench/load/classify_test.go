package load_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/load"
)

func TestErrorsAreClassed(t *testing.T) {
	failed := func(name string) load.Class { return load.Class{Name: name} }
	unknown := func(name string) load.Class { return load.Class{Name: name, Unknown: true} }
	op := func(name string, err error) error {
		return fmt.Errorf("get: %w", &net.OpError{Op: name, Net: "tcp", Err: err})
	}
	for _, tt := range []struct {
		err  error
		want load.Class
	}{
		{fmt.Errorf("key 7: %w", load.ErrWrongAnswer), failed("wrong answer")},
		{op("dial", os.NewSyscallError("connect", syscall.ECONNREFUSED)), failed("connection refused")},
		{op("dial", os.NewSyscallError("connect", syscall.EHOSTUNREACH)), failed("cannot connect")},
		{op("dial", os.ErrDeadlineExceeded), failed("cannot connect")},
		{&net.DNSError{Name: "nowhere", IsTimeout: true}, failed("cannot connect")},
		{fmt.Errorf("get: %w", context.DeadlineExceeded), unknown("timeout")},
		{os.ErrDeadlineExceeded, unknown("timeout")},
		{op("read", os.ErrDeadlineExceeded), unknown("timeout")},
		{op("read", os.NewSyscallError("read", syscall.ETIMEDOUT)), unknown("timeout")},
		{context.Canceled, unknown("cancelled")},
		{io.EOF, unknown("connection lost")},
		{io.ErrUnexpectedEOF, unknown("connection lost")},
		{net.ErrClosed, unknown("connection lost")},
		{op("read", os.NewSyscallError("read", syscall.ECONNRESET)), unknown("connection lost")},
		{op("write", os.NewSyscallError("write", syscall.EPIPE)), unknown("connection lost")},
		{errors.New("OOM command not allowed"), failed("other")},
	} {
		if got := load.Classify(tt.err); got != tt.want {
			t.Errorf("Classify(%v) = %+v, want %+v", tt.err, got, tt.want)
		}
	}
}

// The kernel has no second connection from one port to another, which is what it
// says when all ports are taken.
func TestAnExhaustedPortIsCalledSo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	reuse := func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) })
	}
	first, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Control: reuse}).Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, err = (&net.Dialer{LocalAddr: first.LocalAddr(), Control: reuse}).Dial("tcp", listener.Addr().String())
	if got := load.Classify(err); got != (load.Class{Name: load.ClassPorts}) {
		t.Errorf("Classify(%v) = %+v, want %q", err, got, load.ClassPorts)
	}
}

func TestARefusedConnectionIsKnownToHaveSentNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, err = net.DialTimeout("tcp", listener.Addr().String(), time.Second)
	if got := load.Classify(err); got != (load.Class{Name: load.ClassRefused}) {
		t.Errorf("Classify(%v) = %+v, want a refused connection", err, got)
	}
}

func TestACallersClassifierDecides(t *testing.T) {
	plan := load.Plan{
		Spec:  load.Spec{Mode: load.Job, Ops: 30},
		Clock: clock.Runtime(),
		Classify: func(err error) load.Class {
			return map[string]load.Class{"busy": {Name: "BUSY"}, "gone": {Name: "gone", Unknown: true}}[err.Error()]
		},
	}
	r, err := load.Run(t.Context(), plan, func(_ context.Context, i int) error {
		return errors.New([]string{"busy", "gone", "else"}[i%3])
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed != 20 || r.Unknown != 10 || r.Errors["BUSY"] != 10 || r.Errors["gone"] != 10 || r.Errors["other"] != 10 {
		t.Errorf("failed %d, unknown %d, errors %v; want 20, 10, and 10 of BUSY, gone and other", r.Failed, r.Unknown, r.Errors)
	}
}
