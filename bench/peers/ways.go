package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"redisduel/bench/clock"
	"redisduel/bench/netem"
	"redisduel/bench/redisd"
)

// The ways to the server.
const (
	direct    = "direct"
	link      = "link"
	proxy     = "redisduel proxy"
	toxiproxy = "toxiproxy"
)

const (
	valueSize = 64
	theKey    = "redisduel-peers"
)

var (
	request = fmt.Appendf(nil, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", len(theKey), theKey)
	reply   = fmt.Appendf(nil, "$%d\r\n%s\r\n", valueSize, strings.Repeat("v", valueSize))
)

// plainDial makes a connection without any link.
func plainDial(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

// ask sends one command and expects an answer.
func ask(c net.Conn, answer string, words ...string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := c.Write(b.Bytes()); err != nil {
		return err
	}
	got := make([]byte, len(answer))
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if string(got) != answer {
		return fmt.Errorf("the server answered %q to %s", got, words[0])
	}
	return nil
}

// through makes connections to address by dial and shows the server's password.
func through(dial netem.DialFunc, address, password string) dialer {
	return func(ctx context.Context) (net.Conn, error) {
		c, err := dial(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if err := ask(c, "+OK\r\n", "AUTH", password); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		_ = c.SetDeadline(time.Time{})
		return c, nil
	}
}

// put stores the value that is asked for.
func put(ctx context.Context, s *redisd.Server) error {
	c, err := through(plainDial, s.Addr(), s.Password())(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return ask(c, "+OK\r\n", "SET", theKey, strings.Repeat("v", valueSize))
}

// paths are the ways to one server at one distance, and what closes them.
type paths struct {
	names   []string
	dial    map[string]dialer
	between map[string]*daemon // the process on the way, if there is one
	close   []func()
}

func (p *paths) add(name string, d dialer, closing func()) {
	p.names = append(p.names, name)
	p.dial[name] = d
	p.close = append(p.close, closing)
}

// through adds a way by a process, which ends with the paths.
func (p *paths) through(name string, d dialer, between *daemon) {
	p.add(name, d, between.stop)
	p.between[name] = between
}

func (p *paths) Close() {
	for _, f := range p.close {
		f()
	}
}

// open makes the ways to the server at a distance; toxiproxy only where it is
// built and can express the distance in whole milliseconds.
func (r *run) open(ctx context.Context, rtt time.Duration) (*paths, error) {
	p := &paths{dial: map[string]dialer{}, between: map[string]*daemon{}}
	to := func(dial netem.DialFunc, address string) dialer { return through(dial, address, r.server.Password()) }
	plain := netem.DialFunc(plainDial)
	p.add(direct, to(plain, r.server.Addr()), func() {})
	n, err := netem.New(netem.Link{RTT: rtt}, clock.Precise(), nil)
	if err != nil {
		return nil, err
	}
	p.add(link, to(n.Dial, r.server.Addr()), func() { _ = n.Close() })
	address, between, err := r.startProxy(ctx, rtt)
	if err != nil {
		p.Close()
		return nil, err
	}
	p.through(proxy, to(plain, address), between)
	if r.Toxiproxy == "" || rtt%time.Millisecond != 0 {
		return p, nil
	}
	if address, between, err = r.startToxiproxy(ctx, rtt); err != nil {
		p.Close()
		return nil, err
	}
	p.through(toxiproxy, to(plain, address), between)
	return p, nil
}

// startProxy starts `redisduel proxy`.
func (r *run) startProxy(ctx context.Context, rtt time.Duration) (address string, d *daemon, err error) {
	if address, err = freeAddress(ctx); err != nil {
		return "", nil, err
	}
	d, err = start(ctx, r.Redisduel, "proxy", "--listen", address, "--upstream", r.server.Addr(), "--rtt", rtt.String())
	if err != nil {
		return "", nil, err
	}
	if err := d.ready(ctx, r.reaches(address)); err != nil {
		d.stop()
		return "", nil, err
	}
	return address, d, nil
}

// startToxiproxy starts a toxiproxy with a proxy to the server, with the round
// trip split over its two directions in whole milliseconds.
func (r *run) startToxiproxy(ctx context.Context, rtt time.Duration) (address string, d *daemon, err error) {
	var api string
	if api, err = freeAddress(ctx); err == nil {
		address, err = freeAddress(ctx)
	}
	if err != nil {
		return "", nil, err
	}
	host, port, _ := net.SplitHostPort(api)
	d, err = start(ctx, r.Toxiproxy, "-host", host, "-port", port)
	if err != nil {
		return "", nil, err
	}
	create := func(ctx context.Context) error {
		return post(ctx, "http://"+api+"/proxies", map[string]any{"name": "redis", "listen": address, "upstream": r.server.Addr(), "enabled": true})
	}
	err = d.ready(ctx, create)
	up := (rtt / 2).Truncate(time.Millisecond)
	for stream, delay := range map[string]time.Duration{"upstream": up, "downstream": rtt - up} {
		if err == nil && delay > 0 {
			err = post(ctx, "http://"+api+"/proxies/redis/toxics", map[string]any{
				"type": "latency", "stream": stream, "attributes": map[string]any{"latency": delay.Milliseconds()},
			})
		}
	}
	if err == nil {
		err = d.ready(ctx, r.reaches(address))
	}
	if err != nil {
		d.stop()
		return "", nil, err
	}
	return address, d, nil
}

// reaches tries to reach the server at an address.
func (r *run) reaches(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := through(plainDial, address, r.server.Password())(ctx)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

func post(ctx context.Context, url string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answered %s: %s", url, resp.Status, text)
	}
	return err
}

// freeAddress is one on loopback that nobody listened on a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}
