package scripts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// hardening is what redis.conf must say, directive by directive. A value that
// is not fixed has a rule of its own in laxities.
var hardening = map[string]string{
	"bind": "127.0.0.1 -::1", "protected-mode": "yes", "aclfile": "/run/secrets/users.acl", "maxclients": "10000",
	"tcp-backlog": "511", "rename-command": `CONFIG ""`, "enable-protected-configs": "no", "enable-debug-command": "no",
	"enable-module-command": "no", "maxmemory": "2gb", "maxmemory-policy": "allkeys-lfu",
	"client-output-buffer-limit normal": "256mb 64mb 60", "client-output-buffer-limit replica": "256mb 64mb 60",
	"client-output-buffer-limit pubsub": "32mb 8mb 60",
	"lazyfree-lazy-eviction":            "yes", "lazyfree-lazy-expire": "yes", "lazyfree-lazy-server-del": "yes",
	"lazyfree-lazy-user-del": "no", "lazyfree-lazy-user-flush": "no", "disable-thp": "yes", "dir": "/data",
	"appendonly": "yes", "appendfsync": "everysec", "save": `""`, "slowlog-log-slower-than": "10000",
	"slowlog-max-len": "1024", "latency-monitor-threshold": "100", "latency-tracking": "yes",
}

func TestRedisConfIsHardened(t *testing.T) {
	for _, l := range laxities(readFile(t, "../redis.conf")) {
		t.Error(l)
	}
}

func TestEachLineOfRedisConfIsNeeded(t *testing.T) {
	lines := strings.Split(readFile(t, "../redis.conf"), "\n")
	for i, text := range lines {
		if text == "" {
			continue
		}
		without := strings.Join(slices.Concat(lines[:i], lines[i+1:]), "\n")
		if !strings.HasPrefix(text, "#") && len(laxities(without)) == 0 {
			t.Errorf("nothing is wrong without line %d: %s", i+1, text)
		}
	}
}

func TestEachLineOfRedisConfHasItsReason(t *testing.T) {
	reason := false
	for i, text := range strings.Split(readFile(t, "../redis.conf"), "\n") {
		switch {
		case text == "":
			reason = false
		case strings.HasPrefix(text, "# ---"):
		case strings.HasPrefix(text, "#"):
			reason = true
		case !reason:
			t.Errorf("line %d has no comment above it that gives its reason: %s", i+1, text)
		}
	}
}

// laxities lists what a redis.conf lacks or has too much.
func laxities(text string) (found []string) {
	got := directives(text)
	for _, name := range slices.Sorted(maps.Keys(hardening)) {
		if got[name] != hardening[name] {
			found = append(found, fmt.Sprintf("%s is %q, want %q", name, got[name], hardening[name]))
		}
	}
	for name := range got {
		if _, known := hardening[name]; !known {
			found = append(found, fmt.Sprintf("%s is set, and no test says why", name))
		}
	}
	return found
}

// directives maps what a redis.conf sets to its value. The buffer limits are
// one directive for each class of client.
func directives(text string) map[string]string {
	set := map[string]string{}
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		name, value, _ := strings.Cut(l, " ")
		if name == "client-output-buffer-limit" {
			class, limits, _ := strings.Cut(value, " ")
			name, value = name+" "+class, limits
		}
		set[name] = value
	}
	return set
}

// TestTheServerDoesWhatRedisConfSays asks a real server that was started with
// the file, but for the line that takes CONFIG away.
func TestTheServerDoesWhatRedisConfSays(t *testing.T) {
	s := startHardened(t, "allow CONFIG")
	client := s.as(t, "test")
	settings, err := client.Do(t.Context(), client.B().ConfigGet().Parameter("*").Build()).AsStrMap()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range directives(readFile(t, "../redis.conf")) {
		switch name {
		case "aclfile", "dir", "rename-command": // not the container's here
			continue
		case "maxmemory":
			want = fmt.Sprint(2 << 30)
		case "save":
			want = ""
		}
		if class, ok := strings.CutPrefix(name, "client-output-buffer-limit "); ok {
			name, want = "client-output-buffer-limit", bytesOf(class+" "+want)
			if !strings.Contains(settings[name], want) {
				t.Errorf("%s is %q, want %q in it", name, settings[name], want)
			}
			continue
		}
		if settings[name] != want {
			t.Errorf("%s is %q, want %q", name, settings[name], want)
		}
	}
}

// bytesOf writes megabytes out, as the server does, and the class by its older name.
func bytesOf(limit string) string {
	words := strings.Fields(strings.Replace(limit, "replica", "slave", 1))
	for i, w := range words {
		if n, ok := strings.CutSuffix(w, "mb"); ok {
			var mb int64
			_, _ = fmt.Sscan(n, &mb) // 0 is no limit of the file
			words[i] = fmt.Sprint(mb << 20)
		}
	}
	return strings.Join(words, " ")
}

func TestTheShippedServerHasNoConfigAndNoDebug(t *testing.T) {
	client := startHardened(t).as(t, "test") // who may do everything that there is
	for _, command := range [][]string{{"CONFIG", "GET", "*"}, {"CONFIG", "SET", "dir", "/tmp"}, {"DEBUG", "SLEEP", "0"}, {"MODULE", "LOAD", "/tmp/x.so"}} {
		err := client.Do(t.Context(), client.B().Arbitrary(command...).Build()).Error()
		if _, ok := rueidis.IsRedisErr(err); !ok {
			t.Errorf("%v: %v, want an error of the server", command, err)
		}
	}
}

func TestTheSlowLogAndTheLatencyMonitorSeeWhatIsSlowAndNoMore(t *testing.T) {
	s := startHardened(t, "enable-debug-command local")
	client := s.as(t, "test")
	quick := blocked(t, client, 2*time.Millisecond, 10*time.Millisecond)
	if got := slowLog(t, client); got != 0 {
		t.Errorf("a command of %v is in the slow log", quick)
	}
	blocked(t, client, 15*time.Millisecond, time.Hour)
	if got := slowLog(t, client); got != 1 {
		t.Errorf("the slow log has %d entries after a command of 15 ms, want 1", got)
	}
	middling := blocked(t, client, 50*time.Millisecond, 100*time.Millisecond)
	if got := latencyEvents(t, client); got != 0 {
		t.Errorf("a command of %v is in the latency monitor", middling)
	}
	blocked(t, client, 150*time.Millisecond, time.Hour)
	if got := latencyEvents(t, client); got != 1 {
		t.Errorf("the latency monitor has %d kinds of event after a command of 150 ms, want 1", got)
	}
}

// blocked stops the server for a while, until once that took less than limit:
// a busy host may take longer, and the server would be right to say so.
func blocked(t *testing.T, client rueidis.Client, while, limit time.Duration) time.Duration {
	t.Helper()
	for {
		for _, forget := range [][]string{{"SLOWLOG", "RESET"}, {"LATENCY", "RESET"}} {
			if err := client.Do(t.Context(), client.B().Arbitrary(forget...).Build()).Error(); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		if err := client.Do(t.Context(), client.B().Arbitrary("DEBUG", "SLEEP", fmt.Sprint(while.Seconds())).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < limit {
			return took
		}
	}
}

func slowLog(t *testing.T, client rueidis.Client) int64 {
	t.Helper()
	n, err := client.Do(t.Context(), client.B().Arbitrary("SLOWLOG", "LEN").Build()).AsInt64()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func latencyEvents(t *testing.T, client rueidis.Client) int {
	t.Helper()
	events, err := client.Do(t.Context(), client.B().Arbitrary("LATENCY", "LATEST").Build()).ToArray()
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}
