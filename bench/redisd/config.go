package redisd

import (
	"fmt"
	"strings"
)

// measuring is the part of the configuration that is the same for all servers.
// Whatever is left out has the server's own default.
const measuring = `
# A server's lifetime is its parent's; a daemon would escape.
daemonize no

# The log goes to stdout, where its last lines are kept for error messages.
logfile ""

# Refuse other hosts even if the password were ever left out.
protected-mode yes

# No snapshots and no append-only file: a fork or an fsync in the middle of a
# trial would be measured as if the commands had caused it, and a server that
# is thrown away needs neither.
save ""
appendonly no

# One thread reads, executes and writes, so that the cost of a command is seen
# by all clients and two hosts with different core counts measure the same.
io-threads 1

# Evidence. The monitor records every event of 1 ms (its unit) or more; 1,000
# microseconds is the same for commands; 1,024 entries outlast a trial.
latency-monitor-threshold 1
slowlog-log-slower-than 1000
slowlog-max-len 1024
latency-tracking yes

# Connections that wait to be accepted: the default, written out because storms
# of connects are measured. The kernel may allow fewer (net.core.somaxconn).
tcp-backlog 511
`

// config returns what is written to the server's standard input. Lines of
// Options.Config come last and so win over ours.
func (l *launch) config(port, busPort int) string {
	var b strings.Builder
	b.WriteString(measuring)
	fmt.Fprintf(&b, "\n# The password dies with this server.\nrequirepass %s\n", l.password)
	fmt.Fprintf(&b, "\n# Tells a person who reads the process list whose server this is, and us that\n"+
		"# the server in the container is ours.\nproc-title-template \"{title} {listen-addr} %s\"\n", l.marker)
	if l.published() {
		b.WriteString(inContainer)
	} else {
		fmt.Fprintf(&b, onHost, port)
	}
	if n := l.maxClients(); n > 0 {
		fmt.Fprintf(&b, "\n# As many clients as the limit on open files allows, 10,000 at most; the\n"+
			"# server keeps 32 files for itself.\nmaxclients %d\n", n)
	}
	if l.cluster {
		fmt.Fprintf(&b, clustered, busPort)
	}
	for _, line := range l.options.Config {
		b.WriteString(line + "\n")
	}
	return b.String()
}

const onHost = `
# Loopback only.
bind 127.0.0.1
port %d

# DEBUG POPULATE seeds a million keys in a second; nobody else can connect.
enable-debug-command local
`

// inContainer differs in that connections arrive from the container's gateway.
// The port is published on the host's loopback alone.
const inContainer = `
bind * -::*
port 6379
enable-debug-command yes
`

const clustered = `
cluster-enabled yes
# In the server's own directory; removed with it.
cluster-config-file nodes.conf
# A port of our choice: the default, port + 10000, may be taken.
cluster-port %d
# A node does not know its own address until another one tells it.
cluster-announce-ip 127.0.0.1
# Also how long a handshake between two nodes may take before it is given up and
# can be tried again: the default of 15 s outlasts our patience.
cluster-node-timeout 4000
`

// maxClients is how many clients a native server may have, 0 for the server's
// own default.
func (l *launch) maxClients() int {
	const reserved, enough = 32, 10000
	limit := OpenFiles()
	if l.binary.Docker || limit == 0 {
		return 0
	}
	return int(max(1, min(enough, limit-reserved)))
}
