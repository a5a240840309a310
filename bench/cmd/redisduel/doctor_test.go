package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/bench/benchtest"
	"redisduel/bench/doctor"
	"redisduel/bench/redisd"
)

func TestTheDoctorFindsWhatIsWrongAndEndsWithSix(t *testing.T) {
	server := benchtest.Redis(t)
	url := "redis://:" + server.Password() + "@" + server.Addr()
	client := directTo(t, server.Addr(), server.Password())
	if err := client.Do(t.Context(), client.B().Keys().Pattern("*").Build()).Error(); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := execute(t, "doctor", "--url", url)
	if code != exitWorse || !strings.Contains(stdout, "KEYS was called once") || !strings.Contains(stdout, "(reports/scan.md)") {
		t.Errorf("exit code %d, want %d:\n%s%s", code, exitWorse, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, server.Password()) {
		t.Error("the password is shown")
	}
	code, stdout, _ = execute(t, "doctor", "--url", url, "--json", "--sample", "0")
	var found doctor.Diagnosis
	if err := json.Unmarshal([]byte(stdout), &found); err != nil || code != exitWorse {
		t.Fatalf("exit code %d, %v: %s", code, err, stdout)
	}
	if !slices.ContainsFunc(found.Findings, func(f doctor.Finding) bool { return f.Name == "keys-command" && f.Scenario == "scan" }) {
		t.Errorf("%+v", found.Findings)
	}
}

func TestTheDoctorNeedsAServer(t *testing.T) {
	t.Setenv("REDIS_URL", "")
	t.Setenv("REDIS_HOST", "")
	for _, args := range [][]string{{"doctor"}, {"doctor", "--url", "redis://127.0.0.1:1", "--sample", "-1"}} {
		if code, stdout, stderr := execute(t, args...); code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	if code, _, stderr := execute(t, "doctor", "--url", "redis://127.0.0.1:1"); code != exitEnvironment {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestTheDoctorTellsWhatItCannotExamine(t *testing.T) {
	empty := benchtest.RedisWith(t, redisd.Options{Config: []string{"cluster-enabled yes"}})
	fails(t, exitEnvironment, []string{"doctor", "--url", addressOf(empty)}, "no primary that holds slots")
}

func directTo(t *testing.T, addr, password string) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, Password: password, ForceSingleClient: true, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}
