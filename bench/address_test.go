package bench

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryFormOfAnAddressIsUnderstood(t *testing.T) {
	for text, want := range map[string]address{
		"localhost":                      {network: "tcp", hosts: []string{"localhost:6379"}},
		"localhost:7000":                 {network: "tcp", hosts: []string{"localhost:7000"}},
		"10.0.0.1":                       {network: "tcp", hosts: []string{"10.0.0.1:6379"}},
		"[::1]:7000":                     {network: "tcp", hosts: []string{"[::1]:7000"}},
		"[::1]":                          {network: "tcp", hosts: []string{"[::1]:6379"}},
		"redis://[::1]:7000/2":           {network: "tcp", hosts: []string{"[::1]:7000"}, db: 2},
		"redis://host":                   {network: "tcp", hosts: []string{"host:6379"}},
		"redis://host/":                  {network: "tcp", hosts: []string{"host:6379"}},
		"valkey://host?db=3":             {network: "tcp", hosts: []string{"host:6379"}, db: 3},
		"redis://user:pa%40ss%2F@host:1": {network: "tcp", hosts: []string{"host:1"}, username: "user", password: "pa@ss/"},
		"redis://:a:b@c@host":            {network: "tcp", hosts: []string{"host:6379"}, password: "a:b@c"},
		"user@host":                      {network: "tcp", hosts: []string{"host:6379"}, username: "user"},
		"rediss://host:6380":             {network: "tcp", hosts: []string{"host:6380"}, tls: true},
		"redis://a:1,b,[::1]:3":          {network: "tcp", hosts: []string{"a:1", "b:6379", "[::1]:3"}},
		"unix:///run/redis.sock":         {network: "unix", hosts: []string{"/run/redis.sock"}},
		"unix://u:p@/run/redis.sock?db=1": {
			network: "unix", hosts: []string{"/run/redis.sock"}, username: "u", password: "p", db: 1,
		},
	} {
		got, err := parseAddress(text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(address{})); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestABadAddressIsAUsageErrorThatQuotesNothing(t *testing.T) {
	for _, text := range []string{
		"", "redis://", "redis:///0", "http://canary", "canary://host", "redis://:canary@", "redis://:canary@:6379",
		"redis://:canary@host:0", "redis://:canary@host:65536", "redis://:canary@host:port", "redis://:canary@host:",
		"redis://:canary@::1", "redis://:canary@[::1", "redis://:canary@[host]:1", "redis://:canary@host/x",
		"redis://:canary@host/-1", "redis://:canary@host/0/1", "redis://:can/ary@host", "redis://:can?ary@host",
		"redis://:can#ary@host", "redis://:can%zzary@host", "redis://:can ary@host", "redis://:canary@host\n",
		"redis://:canary@host?skip_verify=true", "redis://:canary@a,b/1", "redis://:canary@a,,b", "redis://:canary@host#x",
		"unix://", "unix://canary", "unix:///", "unix://host/path",
	} {
		_, err := parseAddress(text)
		switch {
		case !errors.Is(err, ErrUsage):
			t.Errorf("%q: error %v, want a usage error", text, err)
		case strings.Contains(err.Error(), "canary"), strings.Contains(err.Error(), "ary@"):
			t.Errorf("%q: the error %q quotes the address", text, err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, text := range []string{"redis://u:p@[::1]:7/1", "unix:///a?db=1", "rediss://a,b:1", "host", "redis://%41:%zz@h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAddress(text)
		if err != nil {
			if !errors.Is(err, ErrUsage) || strings.Count(err.Error(), "\n") > 0 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if len(a.hosts) == 0 || a.db < 0 {
			t.Fatalf("%q is %+v", text, a)
		}
		for _, host := range a.hosts {
			if a.network == "unix" {
				continue
			}
			name, port, err := net.SplitHostPort(host)
			if n, bad := strconv.Atoi(port); err != nil || bad != nil || name == "" || n < 1 || n > 65535 {
				t.Fatalf("%q names the host %q", text, host)
			}
		}
	})
}

func TestATargetIsShownToNobody(t *testing.T) {
	target := Target{URL: "redis://:canary@host", Password: "canary"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := sprint(verb, target); strings.Contains(text, "canary") {
			t.Errorf("%s shows %q", verb, text)
		}
	}
}

// sprint formats by a verb that the compiler does not see.
func sprint(verb string, v any) string { return fmt.Sprintf(verb, v) }
