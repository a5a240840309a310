package benchtest

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
)

// ClusterTLS starts a cluster of three primaries that speaks TLS, also between its
// nodes, and announces itself by IPv6. More lines of configuration may name users.
// It returns the address of a node, where TLS is spoken, and a client of each; all
// ends with the test. It takes two to three seconds.
func ClusterTLS(tb testing.TB, a *Authority, config ...string) (addr string, admins []rueidis.Client) {
	tb.Helper()
	const n = 3
	var addrs, buses []string
	for i := range n {
		cert, key := a.Issue("", time.Hour)
		bus := freePort(tb)
		server, secure := RedisTLS(tb, a, cert, key, append([]string{
			"cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-port " + bus,
			"tls-cluster yes", "bind 127.0.0.1 ::1", "cluster-announce-ip ::1",
		}, config...)...)
		admin := Connect(tb, bench.Target{URL: "redis://:" + server.Password() + "@" + server.Addr()})
		_, port, _ := net.SplitHostPort(secure) // it has one
		addrs, buses, admins = append(addrs, port), append(buses, bus), append(admins, admin)
		tell(tb, admin, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		tell(tb, admin, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(i*16384/n), strconv.Itoa((i+1)*16384/n-1))
		for j := range i {
			tell(tb, admin, "CLUSTER", "MEET", "::1", addrs[j], buses[j])
		}
	}
	awaitCluster(tb, func() string {
		for i, admin := range admins {
			said := tell(tb, admin, "CLUSTER", "INFO")
			if !strings.Contains(said, "cluster_state:ok") || !strings.Contains(said, fmt.Sprint("cluster_size:", n)) {
				return fmt.Sprintf("node %d says %s", i, said)
			}
		}
		return ""
	})
	return net.JoinHostPort("::1", addrs[0]), admins
}
