package scripts

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

func TestTheHealthCheckIsContentWithAServerThatAnswers(t *testing.T) {
	s := startHardened(t)
	if !s.healthy(t, s.dir) {
		t.Error("the health check fails on a server that answers")
	}
}

// redis-cli exits with 0 when a server answers with an error, so that each of
// these would pass a check that does not look at the answer.
func TestTheHealthCheckFailsOnAServerThatDoesNotServe(t *testing.T) {
	s := startHardened(t)
	wrong, none := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(wrong, "health.password"), []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(none, "health.password"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.healthy(t, wrong) {
		t.Error("it is content with a wrong password")
	}
	if s.healthy(t, none) {
		t.Error("it is content with no password")
	}
}

func TestTheHealthCheckFailsWhileTheServerLoads(t *testing.T) {
	s := startHardened(t, "allow CONFIG", "enable-debug-command local", "loading-process-events-interval-bytes 1024")
	client := s.as(t, "test")
	do := func(words ...string) error {
		return client.Do(t.Context(), client.B().Arbitrary(words...).Build()).Error()
	}
	for _, command := range [][]string{{"DEBUG", "POPULATE", "20000", "k", "1000"}, {"CONFIG", "SET", "key-load-delay", "200"}} {
		if err := do(command...); err != nil {
			t.Fatal(err)
		}
	}
	loaded := make(chan error, 1)
	go func() { loaded <- do("DEBUG", "RELOAD") }() // takes 4 s or more; received below
	awaitLoading(t, s)
	if s.healthy(t, s.dir) && loads(t, s) {
		t.Error("it is content while the server loads its data")
	}
	if err := <-loaded; err != nil {
		t.Fatal(err)
	}
	if !s.healthy(t, s.dir) {
		t.Error("it fails when the data is there")
	}
}

// awaitLoading waits until the server says that it loads.
func awaitLoading(t *testing.T, s hardened) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for !loads(t, s) {
		select {
		case <-limit.Done():
			t.Fatal("the server never loads")
		case <-time.After(5 * time.Millisecond): // between two looks
		}
	}
}

// loads reports whether the server answers that it loads. A connection opened
// meanwhile fails in its greeting.
func loads(t *testing.T, s hardened) bool {
	t.Helper()
	client, err := s.tryAs("test")
	if err == nil {
		defer client.Close()
		err = client.Do(t.Context(), client.B().Get().Key("k").Build()).Error()
	}
	redisErr, ok := rueidis.IsRedisErr(err)
	return ok && strings.HasPrefix(redisErr.Error(), "LOADING")
}

func TestTheHealthCheckFailsWithoutAServer(t *testing.T) {
	s := hardened{port: freePort(t), dir: makeSecrets(t)}
	if s.healthy(t, s.dir) {
		t.Error("it is content where nobody listens")
	}
}

// healthy runs the health check of docker-compose.yml with its own patience of
// 3 s, on the passwords of a directory. Its redis-cli may be Valkey's.
func (s hardened) healthy(t *testing.T, secrets string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	check := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(healthCheck(t), "/run/secrets", secrets))
	programs := t.TempDir()
	if err := os.Symlink(either(t, "redis-cli", "valkey-cli"), filepath.Join(programs, "redis-cli")); err != nil {
		t.Fatal(err)
	}
	check.Env = append(os.Environ(), "PORT="+s.port, "PATH="+programs+":"+os.Getenv("PATH"))
	check.WaitDelay = time.Second
	return check.Run() == nil
}

var healthLines = regexp.MustCompile(`(?s)CMD-SHELL\n +- >-\n(.*?)\n    interval:`)

// healthCheck is the shell command of docker-compose.yml.
func healthCheck(t *testing.T) string {
	t.Helper()
	found := healthLines.FindStringSubmatch(readFile(t, "../docker-compose.yml"))
	if found == nil {
		t.Fatal("docker-compose.yml has no health check where this test looks for it")
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(found[1]), " "), "$$", "$")
}
