package generator

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"redisduel/bench"
	"redisduel/bench/benchtest"
	"redisduel/bench/load"
	"redisduel/bench/redisd"
)

// A meddler passes on what is said between clients and a server, until it is told
// otherwise.
type meddler struct {
	net.Listener
	all sync.WaitGroup

	mu    sync.Mutex
	conns []*net.TCPConn // of clients
	say   string         // after the next reply, once
	mute  bool
}

// meddle puts a meddler before a server, and returns the address that leads
// through it.
func meddle(t *testing.T, server bench.Target) (*meddler, bench.Target) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	login, addr, _ := strings.Cut(server.URL, "@")
	m := &meddler{Listener: listener}
	m.all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // it is closed
			}
			m.all.Go(func() { m.serve(t, client.(*net.TCPConn), addr) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); m.reset(); m.all.Wait() })
	return m, bench.Target{URL: login + "@" + listener.Addr().String()}
}

// serve ends with either connection.
func (m *meddler) serve(t *testing.T, client *net.TCPConn, addr string) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	m.mu.Lock()
	m.conns = append(m.conns, client)
	m.mu.Unlock()
	var asking sync.WaitGroup
	asking.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
	defer asking.Wait()
	defer client.Close()
	for buffer := make([]byte, 64<<10); ; {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		reply, mute := m.next(buffer[:n])
		if mute {
			continue
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

// next is what the client is to hear instead of a reply.
func (m *meddler) next(reply []byte) (instead []byte, mute bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	instead = append(reply, m.say...)
	m.say = ""
	return instead, m.mute
}

// reset has all connections end by a reset.
func (m *meddler) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		_ = c.SetLinger(0) // so that Close resets; both fail on what has ended already
		_ = c.Close()
	}
	m.conns = nil
}

func (m *meddler) tell(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// A connection that is lost costs one op, and one connection more.
func TestALostConnectionCostsOneOpEitherWay(t *testing.T) {
	benchtest.Counts(t)
	const conns, ops = 4, 200
	server := benchtest.Redis(t)
	admin := benchtest.Connect(t, address(server))
	m, meddled := meddle(t, address(server))
	for what, lose := range map[string]func(){
		"killed by the server": func() { ask(t, admin, "CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "YES") },
		"reset":                m.reset,
	} {
		for way := range ways {
			for _, pipeline := range []int{1, 32} {
				s := Spec{Command: []string{"GET", "{key}"}, Conns: conns, Pipeline: pipeline, Keys: 100, Size: 16}
				before := int64(0)
				got := try(t, meddled, s, way, ops, func() { before = accepted(t, admin); lose() })
				if got.OK != ops-conns || got.Unknown != conns || got.Errors[load.ClassLost] != conns {
					t.Errorf("%s, %s, %d commands: %v; want %d ops lost and the others ok", what, way, pipeline, got, conns)
				}
				if opened := accepted(t, admin) - before; opened != conns {
					t.Errorf("%s, %s, %d commands: %d connections were opened afterwards, want %d", what, way, pipeline, opened, conns)
				}
			}
		}
	}
}

func TestAServerThatDiesIsLostAndThenRefusesEitherWay(t *testing.T) {
	benchtest.Counts(t)
	const conns, ops = 4, 200
	for way := range ways {
		server := benchtest.Redis(t)
		s := Spec{Command: []string{"GET", "{key}"}, Conns: conns, Pipeline: 2, Keys: 100, Size: 16}
		got := try(t, address(server), s, way, ops, func() { _ = server.Close() })
		if got.OK != ops/2 || got.Errors[load.ClassLost] != conns || got.Errors[load.ClassRefused] != ops/2-conns || got.Unknown != conns {
			t.Errorf("%s: %v; want %d ok, %d lost and the others refused", way, got, ops/2, conns)
		}
	}
}

// A reconnection that the server refuses is of the class that the server names.
func TestAReconnectionIsRefusedForTheServersReasonEitherWay(t *testing.T) {
	benchtest.Counts(t)
	const conns, ops = 4, 200
	server := benchtest.Redis(t)
	admin := benchtest.Connect(t, address(server))
	password := func(new string) {
		if err := admin.Do(t.Context(), admin.B().ConfigSet().ParameterValue().ParameterValue("requirepass", new).Build()).Error(); err != nil {
			t.Error(err)
		}
	}
	for way := range ways {
		s := Spec{Command: []string{"GET", "{key}"}, Conns: conns, Pipeline: 2, Keys: 100, Size: 16}
		got := try(t, address(server), s, way, ops, func() {
			password("another")
			ask(t, admin, "CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "YES")
		})
		password(server.Password())
		if got.OK != ops/2 || got.Errors[load.ClassLost] != conns || got.Errors["WRONGPASS"] != ops/2-conns {
			t.Errorf("%s: %v; want %d ok, %d lost and the others refused by WRONGPASS", way, got, ops/2, conns)
		}
	}
}

func TestAServerThatFallsSilentTimesOutEitherWay(t *testing.T) {
	benchtest.Counts(t)
	const conns = 4
	m, meddled := meddle(t, address(benchtest.Redis(t)))
	for way := range ways {
		s := Spec{Command: []string{"GET", "{key}"}, Conns: conns, Pipeline: 2, Keys: 100, Size: 16}
		mute := func(on bool) func() { return func() { m.tell(func() { m.mute = on }) } }
		got := tryFor(t, meddled, s, way, 2*conns, 100*time.Millisecond, mute(true), mute(false))
		// Where the host stands still deadlines of others pass as well.
		if late := got.Errors[load.ClassTimeout]; late < conns || got.Unknown != late || got.OK+late != 2*conns {
			t.Errorf("%s: %v; want %d ops whose deadline passed, and the others ok", way, got, conns)
		}
	}
}

// What is put between replies costs the op that meets it, or the one whose reply
// it comes after, and the connection.
func TestAByteThatNobodyAskedForCostsOneOpAndTheConnection(t *testing.T) {
	benchtest.Counts(t)
	const ops = 50
	server := benchtest.Redis(t)
	admin := benchtest.Connect(t, address(server))
	m, meddled := meddle(t, address(server))
	for _, said := range []string{"+", "$16\r\n0000000000000001\r\n", "x\r\n", "\r\n"} {
		s := Spec{Command: []string{"GET", "{key}"}, Conns: 1, Pipeline: 3, Keys: 100, Size: 16}
		before := int64(0)
		got := try(t, meddled, s, "the wire", ops, func() { before = accepted(t, admin); m.tell(func() { m.say = said }) })
		if got.OK != ops-1 || got.Failed != 1 || got.Errors[load.ClassOther] != 1 {
			t.Errorf("%q: %v; want one op that failed", said, got)
		}
		if opened := accepted(t, admin) - before; opened != 1 {
			t.Errorf("%q: %d connections were opened afterwards, want one", said, opened)
		}
	}
}

func TestTheWireSpeaksTLS(t *testing.T) {
	benchtest.Counts(t)
	authority := benchtest.NewAuthority(t)
	cert, key := authority.Issue("", time.Hour)
	server, addr := benchtest.RedisTLS(t, authority, cert, key)
	target := bench.Target{URL: "rediss://:" + server.Password() + "@" + addr + "/3", TLS: &bench.TLS{CA: read(t, authority.File)}}
	for _, s := range []Spec{
		{Command: []string{"GET", "{key}"}, Conns: 4, Pipeline: 32, Keys: 100, Size: 100},
		{Command: []string{"GET", "{key}"}, Conns: 2, Pipeline: 1, Keys: 4, Size: maxSize},
		{Command: []string{"SET", "{key}", "{value}"}, Conns: 2, Pipeline: 2, Keys: 4, Size: maxSize, RTT: time.Millisecond},
	} {
		for way := range ways {
			if got := try(t, target, s, way, 40, nil); got.OK != 40 || got.nils > 0 {
				t.Errorf("%v, %s: %v; want 40 ok", s.Command, way, got)
			}
		}
	}
}

// Some servers and proxies do not know HELLO.
func TestTheWireSpeaksTheOlderProtocol(t *testing.T) {
	benchtest.Counts(t)
	server := benchtest.RedisWith(t, redisd.Options{Config: []string{`rename-command HELLO ""`}})
	for _, c := range []struct {
		command string
		change  func(*Spec)
		class   string
		nils    int64
	}{
		{"GET {key}", nil, "", 0},
		{"GET {key}", func(s *Spec) { s.Unseeded = true }, "", 40},
		{"BLPOP {key}:l 0.001", func(s *Spec) { s.Unseeded = true }, "", 40}, // a null array
		{"LPUSH {key} x", nil, "WRONGTYPE", 0},
		{"CONFIG GET max*", nil, "", 0},
	} {
		s := Spec{Command: strings.Fields(c.command), Conns: 2, Pipeline: 1, Keys: 100, Size: 16}
		if c.change != nil {
			c.change(&s)
		}
		for way := range ways {
			got := try(t, address(server), s, way, 40, nil)
			if got.nils != c.nils || c.class == "" && got.OK != 40 || c.class != "" && got.Errors[c.class] != 40 {
				t.Errorf("%s, %s: %v; want %d nil, and class %q", c.command, way, got, c.nils, c.class)
			}
		}
	}
}
