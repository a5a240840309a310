package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// FuzzCommandLine gives a dry run any words: it makes sense of them, or says in
// one sentence that it does not, and does nothing in either case.
func FuzzCommandLine(f *testing.F) {
	for _, line := range []string{
		"scan hash", "--rtt 5ms --rounds 3", "--rtt -1ms", "--duration 99999999h", "--rounds NaN", "--rtt 1e3s", "--seed -1",
		"--url redis://[::1]:70000", "--quick=perhaps", "--", "-", "--rtt", "--rtt=", "pip", "--tls-ca /nowhere", "--json --quick",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Fields(line)
		for _, w := range words {
			if strings.HasPrefix(w, "--dry-run") || strings.HasPrefix(w, "--help") || strings.HasPrefix(w, "-h") {
				return // another command
			}
		}
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), append([]string{"run", "--dry-run"}, words...), strings.NewReader(""), &stdout, &stderr)
		switch {
		case code == exitOK && stderr.Len() == 0 && stdout.Len() > 0:
		case code == exitUsage && stdout.Len() == 0 && strings.Count(stderr.String(), "\n") == 1:
		default:
			t.Errorf("%q: exit code %d\n%s%s", words, code, stdout.String(), stderr.String())
		}
	})
}
