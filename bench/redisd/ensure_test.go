//go:build unix

package redisd

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The programs of a pretended system. They record their arguments in the file
// $RECORD; an installation makes redis-server appear on PATH.
const (
	records      = `echo "${0##*/} $*" >> "$RECORD"` + "\n"
	installs     = records + `case " $* " in *" install "*|*" add "*) printf '#!/bin/sh\necho Redis server v=7.2.4\n' > "$BIN/redis-server"; chmod +x "$BIN/redis-server" ;; esac`
	installsOld  = records + `printf '#!/bin/sh\necho Redis server v=6.2.7\n' > "$BIN/redis-server"; chmod +x "$BIN/redis-server"`
	fails        = records + `echo "E: no network"; exit 100`
	redis7       = "echo Redis server v=7.0.15 sha=0"
	redis6       = "echo Redis server v=6.2.14 sha=0"
	valkey8      = "echo Valkey server v=8.1.1 sha=0"
	valkey7      = "echo Server v=7.2.7 sha=0"
	offers7      = `echo "  Candidate: 5:7.0.15-1~deb12u5"`
	offersValkey = `[ "$2" = valkey-server ] && echo "  Candidate: 8.1.1-1" || echo "  Candidate: 5:6.0.16-1"`
	offersOld    = `echo "  Candidate: 5:6.0.16-1"`
	offersLate   = `grep -q update "$RECORD" 2>/dev/null && echo "  Candidate: 5:7.0.15-1"`
	root, user   = "echo 0", "echo 1000"
	sudo         = `[ "$1" = -n ] && shift; exec "$@"`
	sudoAsks     = `[ "$1" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }; exec "$@"`
	apt          = "apt-get -qq -y "
	aptInstall   = apt + "install --no-install-recommends redis-server\n"
)

type system map[string]string

func TestEnsureRedisMakesSureOfAServer(t *testing.T) {
	t.Parallel()
	const service = "redisduel does not use it"
	for _, tt := range []struct {
		name   string
		system system
		flags  string
		env    string
		ran    string // what was recorded
		exit   int
		says   string
	}{
		{"Redis is there", system{"redis-server": redis7, "apt-get": installs}, "", "", "", 0, ""},
		{"Valkey is there", system{"valkey-server": valkey8, "apt-get": installs}, "--native", "", "", 0, ""},
		{"Valkey is there and an old Redis", system{"redis-server": redis6, "valkey-server": valkey8}, "", "", "", 0, ""},
		{"a Valkey that does not say its name is there", system{"valkey-server": valkey7, "apt-get": installs}, "", "", "", 0, ""},
		{"Docker works", system{"docker": records, "apt-get": installs}, "", "", "docker info\n", 0, ""},
		{"Docker does not count for tests", system{"docker": records, "id": root, "apt-get": installs, "apt-cache": offers7}, "--native", "", aptInstall, 0, service},
		{"Docker has no engine", system{"docker": fails, "id": root, "apk": installs}, "", "", "docker info\napk add -q --no-cache redis\n", 0, service},
		{"the user's own server", system{"apt-get": installs}, "", "REDIS_URL=redis://there", "", 0, ""},
		{"the user's own server does not count for tests", system{}, "--native", "REDIS_URL=redis://there", "", 4, "ways out"},

		{"apt-get as root", system{"id": root, "apt-get": installs, "apt-cache": offers7}, "", "", aptInstall, 0, service},
		{"apt-get by sudo", system{"id": user, "sudo": records + sudo, "apt-get": installs, "apt-cache": offers7}, "", "",
			"sudo -n true\nsudo -n env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 " + aptInstall + aptInstall, 0, service},
		{"apt-get without lists", system{"id": root, "apt-get": installs, "apt-cache": offersLate}, "", "", apt + "update\n" + aptInstall, 0, "updating"},
		{"apt-get has Valkey only", system{"id": root, "apt-get": installs, "apt-cache": offersValkey}, "", "",
			apt + "install --no-install-recommends valkey-server\n", 0, "installing valkey-server"},
		{"apt-get has an old Redis only", system{"id": root, "apt-get": installs, "apt-cache": offersOld}, "", "", apt + "update\n", 4, "older than 7.0"},
		{"apt-get fails", system{"id": root, "apt-get": fails, "apt-cache": offers7}, "", "", aptInstall + apt + "update\n", 4, "no network"},
		{"dnf", system{"id": root, "dnf": installs}, "", "", "dnf -q -y install valkey\n", 0, service},
		{"dnf fails", system{"id": root, "dnf": fails}, "", "", "dnf -q -y install valkey\ndnf -q -y install redis\n", 4, "no network"},
		{"dnf has an old Redis only", system{"id": root, "dnf": installsOld}, "", "", "dnf -q -y install valkey\n", 4, "older than 7.0"},
		{"apk", system{"id": root, "apk": installs}, "", "", "apk add -q --no-cache redis\n", 0, service},
		{"brew, without sudo", system{"id": user, "brew": installs}, "", "", "brew install -q redis\n", 0, service},

		{"an old Redis and nothing else", system{"redis-server": redis6}, "", "", "", 4, "--redis-server"},
		{"nothing at all", system{}, "", "", "", 4, "REDIS_URL"},
		{"no sudo", system{"id": user, "apt-get": installs, "apt-cache": offers7}, "", "", "", 4, "needs root"},
		{"sudo asks and nobody is there", system{"id": user, "sudo": sudoAsks, "apk": installs}, "", "", "", 4, "asks for a password"},
		{"a wrong flag", system{"redis-server": redis7}, "--nativ", "", "", 2, "usage"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ran, said, exit := ensure(t, tt.system, tt.flags, tt.env)
			if ran != tt.ran {
				t.Errorf("ran\n%swant\n%s", ran, tt.ran)
			}
			if exit != tt.exit || !strings.Contains(said, tt.says) || tt.says == "" && said != "" {
				t.Errorf("exit %d, want %d; it said %q, want %q", exit, tt.exit, said, tt.says)
			}
			if exit == 4 && !strings.Contains(said, "--url or REDIS_URL") {
				t.Errorf("%q does not name the ways out", said)
			}
		})
	}
}

func TestEnsureRedisDoesNotWaitForAHangingEngine(t *testing.T) {
	t.Parallel()
	began := time.Now()
	ran, said, exit := ensure(t, system{"docker": "exec sleep 60", "id": root, "apk": installs}, "", "")
	if exit != 0 || ran != "apk add -q --no-cache redis\n" {
		t.Errorf("exit %d after %q: %s", exit, ran, said)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

// ensure runs the script on a system that has these programs and those that
// every system has.
func ensure(t *testing.T, programs system, flags, env string) (ran, said string, exit int) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"sh", "env", "sed", "tail", "grep", "sleep", "id", "chmod", "true"} {
		path, err := exec.LookPath(name)
		if err == nil && programs[name] == "" {
			err = os.Symlink(path, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range programs {
		script(t, dir, name, text)
	}
	record := filepath.Join(t.TempDir(), "record")
	cmd := exec.Command("/bin/sh", append([]string{"../../scripts/ensure-redis.sh"}, strings.Fields(flags)...)...)
	cmd.Env = []string{"PATH=" + dir, "BIN=" + dir, "RECORD=" + record, env}
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(record)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(recorded), string(out), cmd.ProcessState.ExitCode()
}
