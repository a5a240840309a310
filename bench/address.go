package bench

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// An address is what the text of a Target's URL says.
type address struct {
	network            string   // "tcp" or "unix"
	hosts              []string // host:port, or the path of a socket; several are the nodes of a cluster
	tls                bool
	username, password string
	db                 int
}

const (
	defaultPort = "6379"
	// mostDB is beyond what any server has.
	mostDB = 1 << 20
)

// schemes are those of the Redis URI, and whether they mean TLS.
var schemes = map[string]bool{"redis": false, "valkey": false, "unix": false, "rediss": true, "valkeys": true}

// badAddress says what is wrong with an address. It must not quote any of it:
// where an address is malformed, any part may be that of a password.
func badAddress(what string) error {
	return fmt.Errorf("%w: the server's address (--url or REDIS_URL) %s; write it as redis://[user:password@]host[:port][/db], "+
		"with rediss:// for TLS and commas between the nodes of a cluster, or as unix:///path/to/socket", ErrUsage, what)
}

// parseAddress reads a Redis URI, or a host alone with or without a port. What
// it does not understand is an error and never left out: a parameter that is
// passed over may be the one that was to keep the connection safe.
func parseAddress(text string) (address, error) {
	scheme, authority, tail, err := cutAddress(text)
	if err != nil {
		return address{}, err
	}
	a := address{network: "tcp", tls: schemes[scheme]}
	at := strings.LastIndexByte(authority, '@')
	if err := a.login(authority[:max(at, 0)]); err != nil {
		return address{}, err
	}
	if authority = authority[at+1:]; scheme == "unix" {
		return a.socket(authority, tail)
	}
	for host := range strings.SplitSeq(authority, ",") {
		hostport, err := parseHost(host)
		if err != nil {
			return address{}, err
		}
		a.hosts = append(a.hosts, hostport)
	}
	path, query, _ := strings.Cut(tail, "?")
	return a, a.number(strings.TrimPrefix(path, "/"), query)
}

// cutAddress splits scheme://authority/tail, in which the scheme may be missing
// and the tail may also begin with a question mark.
func cutAddress(text string) (scheme, authority, tail string, err error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "redis", text
	}
	if _, known := schemes[scheme]; !known {
		return "", "", "", badAddress("does not begin with redis://, rediss:// or unix://")
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", "", "", badAddress("holds a space or a control character")
	}
	end := strings.IndexAny(rest+"/", "/?#")
	authority, tail = rest[:end], rest[end:]
	switch {
	case scheme != "unix" && strings.Contains(tail, "@"):
		return "", "", "", badAddress("has an @ after a /, ? or #; in a password write these as %40, %2F, %3F and %23")
	case strings.Contains(tail, "#"):
		return "", "", "", badAddress("has a #")
	}
	return scheme, authority, tail, nil
}

// login reads user:password.
func (a *address) login(text string) (err error) {
	user, password, _ := strings.Cut(text, ":")
	if a.username, err = url.PathUnescape(user); err == nil {
		a.password, err = url.PathUnescape(password)
	}
	if err != nil {
		return badAddress("has a % in the user or the password that is no %XX; write a % as %25")
	}
	return nil
}

// socket reads the rest of unix://[login@]/path[?db=n].
func (a address) socket(authority, tail string) (address, error) {
	path, query, _ := strings.Cut(tail, "?")
	path, err := url.PathUnescape(path)
	if authority != "" || len(path) < 2 || err != nil {
		return address{}, badAddress("names no absolute path of a socket")
	}
	a.network, a.hosts = "unix", []string{path}
	return a, a.number("", query)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9.])?$`)

// parseHost reads a host, or host:port.
func parseHost(text string) (string, error) {
	host, port := text, defaultPort
	switch bracket := strings.LastIndexByte(text, ']'); {
	case strings.HasPrefix(text, "[") && bracket == len(text)-1:
		host = text[1:bracket]
	case strings.Contains(text, ":"):
		var err error
		if host, port, err = net.SplitHostPort(text); err != nil {
			return "", badAddress("has a host that is no host:port; an IPv6 address stands in [brackets]")
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", badAddress("has a port that is no number from 1 to 65535")
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "":
		return "", badAddress("names no host")
	case strings.HasPrefix(text, "[") && (err != nil || !ip.Is6()):
		return "", badAddress("has something else than an IPv6 address in brackets")
	case err != nil && !hostName.MatchString(host):
		return "", badAddress("has a host that is neither a name nor an IP address")
	}
	return net.JoinHostPort(host, port), nil
}

// number reads the number of the database, from the path or from the query.
func (a *address) number(path, query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return badAddress("has parameters after the ? that cannot be read")
	}
	for name := range values {
		if name != "db" {
			return badAddress("has a parameter after the ? that redisduel does not know; it takes db alone")
		}
	}
	if db := values.Get("db"); db != "" {
		path = db
	}
	if path == "" {
		return nil
	}
	if a.db, err = strconv.Atoi(path); err != nil || a.db < 0 || a.db > mostDB {
		return badAddress("has a database that is no number")
	}
	if a.db > 0 && len(a.hosts) > 1 {
		return badAddress("names a database of a cluster, which has only database 0")
	}
	return nil
}
