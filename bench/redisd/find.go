package redisd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// oldest is the first major version with all that the scenarios use:
	// CLUSTER ADDSLOTSRANGE, functions, latency histograms.
	oldest = 7
	// versionLimit ends a binary that does not answer --version.
	versionLimit = 2 * time.Second
	// searchLimit bounds the search, a hanging binary and a hanging Docker
	// engine included.
	searchLimit = 2600 * time.Millisecond
)

// WaysOut tells a user without a server what can be done about it.
const WaysOut = `install Redis 7 or later (or Valkey), run "make redis", start Docker, ` +
	`name a binary with --redis-server, or use a running server with --url or REDIS_URL`

// A Binary is a program that [Start] can run as a server.
type Binary struct {
	Path     string // absolute
	Software string // "redis" or "valkey"
	Version  string // such as "7.0.15"; with Docker the tag of the image
	Docker   bool   // Path is the docker command, which runs a container
}

// Find returns the server to start: explicit if it is not empty, else the
// first usable of redis-server and valkey-server on PATH and a running Docker
// engine. A binary is usable if it says within two seconds that it is Redis or
// Valkey, version 7.0 or later. Nothing is started and nothing is written.
//
// The error names what was wrong with each candidate and all [WaysOut]. It
// comes within three seconds, and at once if there is no candidate.
func Find(ctx context.Context, explicit string) (Binary, error) {
	ctx, cancel := context.WithTimeout(ctx, searchLimit)
	defer cancel()
	if explicit != "" {
		b, err := inspect(ctx, explicit)
		if err != nil {
			return Binary{}, fmt.Errorf("redisd: --redis-server: %w; %s", err, WaysOut)
		}
		return b, nil
	}
	b, reasons := search(ctx)
	if len(reasons) > 0 {
		return Binary{}, fmt.Errorf("redisd: no usable server found (%s): %s", strings.Join(reasons, "; "), WaysOut)
	}
	return b, nil
}

// search tries the native binaries side by side, since each may hang, and
// Docker only after them. It returns a binary or the reasons against each.
func search(ctx context.Context) (Binary, []string) {
	names := []string{"redis-server", "valkey-server"}
	found := make([]Binary, len(names))
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { found[i], errs[i] = inspect(ctx, name) })
	}
	wg.Wait()
	var reasons []string
	for i, err := range errs {
		if err == nil {
			return found[i], nil
		}
		reasons = append(reasons, err.Error())
	}
	b, err := inspectDocker(ctx)
	if err != nil {
		return Binary{}, append(reasons, err.Error())
	}
	return b, nil
}

// inspect asks the program of that name or path what it is.
func inspect(ctx context.Context, name string) (Binary, error) {
	path, err := lookPath(name)
	if err != nil {
		return Binary{}, err
	}
	out, err := output(ctx, versionLimit, path, "--version")
	if err != nil {
		return Binary{}, fmt.Errorf("%s --version %w", path, err)
	}
	software, version, err := parseVersion(out)
	if err != nil {
		return Binary{}, fmt.Errorf("%s %w", path, err)
	}
	return Binary{Path: path, Software: software, Version: version}, nil
}

// lookPath finds a program and makes its path independent of the working
// directory, since the server runs in another.
func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%s is not on PATH", name)
	case err != nil:
		return "", fmt.Errorf("%s cannot be run: %w", name, errors.Unwrap(err))
	}
	return filepath.Abs(path)
}

// banner is the first line of redis-server --version. Valkey 7.2 does not say its
// name: "Server v=7.2.7".
var banner = regexp.MustCompile(`^(?:(Redis|Valkey) s|S)erver v=((\d+)\.\d+\.\d+)`)

// parseVersion takes software and version from the answer to --version.
func parseVersion(out string) (software, version string, err error) {
	m := banner.FindStringSubmatch(out)
	if m == nil {
		first, _, _ := strings.Cut(out, "\n")
		return "", "", fmt.Errorf("is neither Redis nor Valkey: it calls itself %.60q", first)
	}
	name := cmp.Or(m[1], "Valkey")
	if major, err := strconv.Atoi(m[3]); err != nil || major < oldest {
		return "", "", fmt.Errorf("is %s %s, but %d.0 or later is needed", name, m[2], oldest)
	}
	return strings.ToLower(name), m[2], nil
}

// output runs a short command and returns the end of what it said. If the
// command takes longer than limit it is killed with all its offspring.
func output(ctx context.Context, limit time.Duration, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var said tail
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 500 * time.Millisecond // for offspring that holds on to the pipe; a host may stand still for less
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", errors.New("gave no answer in time and was killed")
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("failed (%w): %.200q", err, said.String())
	}
	return said.String(), nil
}
