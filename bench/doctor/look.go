package doctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
)

// A Node is a server to look at.
type Node struct {
	Name   string         // its address, as findings show it
	Client rueidis.Client // of this server alone
	// Stranger tries a command on a new connection without credentials and
	// returns nil if it was served. Nil leaves the question open.
	Stranger func(ctx context.Context) error
}

// A look is what one node showed.
type look struct {
	name              string
	software, version string
	uptime            time.Duration
	snapshot          evidence.Snapshot
	since             evidence.Delta // from the server's start
	keys, expiring    int64
	settings          map[string]string // of CONFIG GET; nil if refused
	user              string            // that we are; empty if unknown
	open              bool              // a stranger was served
	big               []bigKey          // largest first
	sampled           int
	unseen            []string
}

// look asks a node all questions.
func (n Node) look(ctx context.Context, s Sample) (*look, error) {
	snapshot, err := evidence.Take(ctx, n.Client)
	if err != nil {
		return nil, err
	}
	l := &look{name: n.Name, snapshot: snapshot, since: snapshot.Since(evidence.Snapshot{})}
	l.software, l.version, _ = snapshot.Software()
	l.uptime = time.Duration(l.number("uptime_in_seconds")) * time.Second
	l.countKeys()
	l.noteMissing()
	l.askSettings(ctx, n.Client)
	l.askAccess(ctx, n)
	if err := l.sample(ctx, n.Client, s); err != nil {
		return nil, err
	}
	return l, ctx.Err()
}

// number is a field of INFO; 0 if the server states none.
func (l *look) number(field string) float64 {
	text, _ := l.snapshot.Field(field)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

func (l *look) field(name string) string {
	text, _ := l.snapshot.Field(name)
	return text
}

// databases is the most that a server has unless told otherwise.
const databases = 16

// countKeys adds up "db0:keys=5,expires=2,avg_ttl=0".
func (l *look) countKeys() {
	for i := range databases {
		for pair := range strings.SplitSeq(l.field("db"+strconv.Itoa(i)), ",") {
			name, text, _ := strings.Cut(pair, "=")
			n, err := strconv.ParseInt(text, 10, 64)
			switch {
			case err != nil:
			case name == "keys":
				l.keys += n
			case name == "expires":
				l.expiring += n
			}
		}
	}
}

// noteMissing puts into words what evidence could not get.
func (l *look) noteMissing() {
	for _, what := range l.since.Missing {
		switch what {
		case evidence.MissingCommands:
			l.unseen = append(l.unseen, "which commands are in use: INFO has no commandstats")
		case evidence.MissingSlow:
			l.unseen = append(l.unseen, "slow commands: the user may not run SLOWLOG GET (ACL +slowlog|get)")
		case evidence.MissingLatency:
			l.unseen = append(l.unseen, "latency events: the user may not run LATENCY LATEST (ACL +latency|latest)")
		}
	}
}

// askSettings asks for what INFO does not say. A user without the right to
// CONFIG, as most should be, sees less.
func (l *look) askSettings(ctx context.Context, client rueidis.Client) {
	names := []string{"enable-debug-command", "latency-monitor-threshold", "slowlog-log-slower-than"}
	settings, err := client.Do(ctx, client.B().ConfigGet().Parameter(names...).Build()).AsStrMap()
	if err != nil {
		return
	}
	l.settings = settings
	if settings["latency-monitor-threshold"] == "0" {
		l.unseen = append(l.unseen, "latency events: the latency monitor is off (latency-monitor-threshold 100 turns it on)")
	}
	if us, err := strconv.Atoi(settings["slowlog-log-slower-than"]); err == nil && (us < 0 || time.Duration(us)*time.Microsecond > slowCommand) {
		l.unseen = append(l.unseen, fmt.Sprintf("commands of %v: the slow log begins later (slowlog-log-slower-than 10000 is 10 ms)", slowCommand))
	}
}

// askAccess finds out who we are and whether a stranger is let in.
func (l *look) askAccess(ctx context.Context, n Node) {
	if user, err := n.Client.Do(ctx, n.Client.B().AclWhoami().Build()).ToString(); err == nil {
		l.user = user
	}
	if n.Stranger == nil {
		l.unseen = append(l.unseen, "whether a client without a password is served: it was not tried")
		return
	}
	l.open = n.Stranger(ctx) == nil
}

// refused reports whether a server answered with an error, as it does to a user
// without the right.
func refused(err error) bool {
	var e *rueidis.RedisError
	return errors.As(err, &e) && !e.IsNil()
}
