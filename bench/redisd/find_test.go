//go:build unix

package redisd

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTheInstalledServerIsFound(t *testing.T) {
	b := real(t)
	if !filepath.IsAbs(b.Path) || b.Version == "" || b.Docker {
		t.Errorf("Find = %+v, want a native binary with path and version", b)
	}
}

func TestWhatIsNoServerIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, path, want string }{
		{"another program", "/bin/true", "neither Redis nor Valkey"},
		{"a silent program", script(t, dir, "silent", ""), `calls itself ""`},
		{"a failing program", script(t, dir, "failing", "echo broken; exit 3"), "broken"},
		{"an endless talker", script(t, dir, "talker", "while :; do echo y; done"), "killed"},
		{"an old Redis", script(t, dir, "old", "echo 'Redis server v=6.2.14 sha=0'"), "is Redis 6.2.14, but 7.0 or later is needed"},
		{"a missing file", filepath.Join(dir, "missing"), "no such file"},
		{"a directory", dir, "cannot be run"},
		{"a name that is not on PATH", "no-such-server", "not on PATH"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := Find(t.Context(), tt.path)
			if err == nil {
				t.Fatalf("Find = %+v, want an error", b)
			}
			for _, want := range []string{tt.want, "--redis-server", "--url"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestTheVersionIsReadFromTheBanner(t *testing.T) {
	for _, tt := range []struct{ out, software, version string }{
		{"Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "redis", "7.0.15"},
		{"Redis server v=8.2.1 sha=0", "redis", "8.2.1"},
		{"Redis server v=255.255.255 sha=0", "redis", "255.255.255"}, // a development build
		{"Valkey server v=8.1.1 sha=0", "valkey", "8.1.1"},
		{"Server v=7.2.7 sha=00000000:0 malloc=libc bits=64 build=3d4562b29b300b0a", "valkey", "7.2.7"},
		{"Redis server v=6.2.14 sha=0", "", ""},
		{"Redis server v=99999999999999999999.0.0", "", ""},
		{"redis-cli 7.0.15", "", ""},
		{"HTTP Server v=7.2.7", "", ""},
		{"KeyDB server v=7.0.0", "", ""},
		{"", "", ""},
	} {
		software, version, err := parseVersion(tt.out)
		if software != tt.software || version != tt.version || (err == nil) != (tt.software != "") {
			t.Errorf("parseVersion(%q) = %q, %q, %v; want %q, %q", tt.out, software, version, err, tt.software, tt.version)
		}
	}
}

func TestAnEmptyPATHGivesAllWaysOutAtOnce(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	began := time.Now()
	_, err := Find(t.Context(), "")
	if err == nil {
		t.Fatal("Find found a server on an empty PATH")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v, want less than 1s", took)
	}
	for _, want := range []string{"install Redis 7", "make redis", "Docker", "--redis-server", "--url", "REDIS_URL"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
}

func TestAHangingBinaryIsKilledWithItsOffspring(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	pids := filepath.Join(dir, "pids")
	hang := "/bin/sleep 60 & echo $$ $! > " + pids + "; wait"
	for _, name := range []string{"redis-server", "docker"} { // each has a limit of its own
		script(t, dir, name, hang)
	}
	began := time.Now()
	_, err := Find(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("error = %v, want one that says it was killed", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v, want less than 3s", took)
	}
	said, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "/usr/bin:/bin")
	for _, field := range strings.Fields(string(said)) {
		pid, _ := strconv.Atoi(field)
		soon(t, 2*time.Second, "the hanging process is gone", func() bool { return !alive(pid) })
	}
}

func TestThePATHIsSearchedInOrder(t *testing.T) {
	const goodRedis, goodValkey = "echo 'Redis server v=7.4.1'", "echo 'Valkey server v=8.1.1'"
	for _, tt := range []struct {
		name string
		path map[string]string
		want string
	}{
		{"Redis before Valkey", map[string]string{"redis-server": goodRedis, "valkey-server": goodValkey}, "redis-server"},
		{"Valkey where Redis is old", map[string]string{"redis-server": "echo 'Redis server v=6.0.16'", "valkey-server": goodValkey}, "valkey-server"},
		{"native before Docker", map[string]string{"valkey-server": goodValkey, "docker": "exit 0"}, "valkey-server"},
		{"Docker last", map[string]string{"docker": "exit 0"}, "docker"},
		{"no engine behind docker", map[string]string{"docker": "echo no daemon; exit 1"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.path {
				script(t, dir, name, text)
			}
			t.Setenv("PATH", dir)
			b, err := Find(t.Context(), "")
			if got := b.Path; (err != nil) != (tt.want == "") || tt.want != "" && got != filepath.Join(dir, tt.want) {
				t.Errorf("Find = %+v, %v; want %q", b, err, tt.want)
			}
		})
	}
}
