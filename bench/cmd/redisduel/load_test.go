package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redisduel/bench/benchtest"
	"redisduel/bench/generator"
)

// briefLoad is a load of a tenth of a second with further flags, and its command.
func briefLoad(flags string, command ...string) []string {
	args := append([]string{"load", "--duration", "100ms", "--warmup", "20ms", "--keys", "50", "--conns", "3"}, strings.Fields(flags)...)
	return append(append(args, "--"), command...)
}

func TestALoadAsJSONHasNothingElseOnStandardOutput(t *testing.T) {
	files := filepath.Join(t.TempDir(), "load")
	code, stdout, stderr := execute(t, briefLoad("--json --rate 500 --seed 3 --hdr "+files, "GET", "{key}")...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	r, err := generator.Decode([]byte(stdout))
	if err != nil || r == nil || r.Load.OK == 0 || r.Spec.Seed != 3 || r.Spec.Rate != 500 {
		t.Errorf("%v, %+v", err, r)
	}
	for name, begins := range map[string]string{".hgrm": "          Value", ".hlog": "#[Histogram log format version 1.3]"} {
		if text, err := os.ReadFile(files + name); err != nil || !strings.HasPrefix(string(text), begins) {
			t.Errorf("%s: %v, begins with %.40q, want %q", name, err, text, begins)
		}
	}
}

func TestALoadWhoseOpsFailEndsWithFive(t *testing.T) {
	code, stdout, stderr := execute(t, briefLoad("--rate 300", "LPUSH", "{key}", "x")...)
	if code != exitFailed || !strings.Contains(stdout, "WRONGTYPE") || !strings.Contains(stderr, "--max-errors") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := execute(t, briefLoad("--rate 300 --max-errors 1000", "LPUSH", "{key}", "x")...); code != exitOK {
		t.Errorf("as many as are allowed: exit code %d: %s", code, stderr)
	}
	if code, _, stderr := execute(t, briefLoad("--slo max<1ns", "PING")...); code != exitFailed || !strings.Contains(stderr, "no rate that was tried meets max < 1 ns") {
		t.Errorf("an objective that cannot be met: exit code %d: %s", code, stderr)
	}
}

func TestALoadOnAServerOfOthersLeavesNothingAndTouchesNothing(t *testing.T) {
	server := benchtest.Redis(t)
	client := admin(t, server)
	do(t, client, "SET", "theirs", "stays")
	at := "--url redis://:" + server.Password() + "@" + server.Addr()
	fails(t, exitRefused, briefLoad(at, "GET", "{key}"), "--allow-data")
	for _, c := range []struct{ command, says string }{
		{"FLUSHALL", "FLUSHALL"}, {"KEYS *", "--allow-blocking"}, {"GET theirs", "{key}"}, {"SET {key} x", "--allow-lasting"}, {"DEBUG SLEEP 1", "DEBUG"},
	} {
		fails(t, exitRefused, briefLoad(at+" --allow-data", strings.Fields(c.command)...), c.says)
	}
	if n := counted(t, client, "cmdstat_get", "calls"); n != 0 {
		t.Errorf("refused, and GET was called %d times", n)
	}
	for _, command := range []string{"GET {key}", "SET {key} {value} EX 60"} {
		if code, _, stderr := execute(t, briefLoad(at+" --allow-data --rate 500", strings.Fields(command)...)...); code != exitOK || !strings.Contains(stderr, "redisduel clean --run-id") {
			t.Errorf("%s: exit code %d: %s", command, code, stderr)
		}
	}
	if left := inventory(t, client); len(left) != 1 || left["theirs"] == "" {
		t.Errorf("left: %v", left)
	}
}
