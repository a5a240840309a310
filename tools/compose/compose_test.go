package compose

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const file = "../../docker-compose.yml"

func TestTheComposeFileIsHardened(t *testing.T) {
	for _, v := range violations(t.Context(), read(t)) {
		t.Error(v)
	}
}

// TestEachLineOfTheComposeFileIsNeeded drops one line after the other: a line
// whose loss nobody notices could be lost.
func TestEachLineOfTheComposeFileIsNeeded(t *testing.T) {
	lines := strings.Split(read(t), "\n")
	for i, line := range lines {
		if text := strings.TrimSpace(line); text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		without := strings.Join(slices.Concat(lines[:i], lines[i+1:]), "\n")
		if len(violations(t.Context(), without)) == 0 {
			t.Errorf("nothing is wrong without line %d: %s", i+1, line)
		}
	}
}

func TestWeakenedLinesOfTheComposeFileAreFound(t *testing.T) {
	text := read(t)
	for _, weaker := range [][2]string{
		{`user: "999:1000"`, `user: "0:0"`},
		{"read_only: true", "read_only: false"},
		{"cap_drop: [ALL]", "cap_drop: [NET_RAW]"},
		{"no-new-privileges:true", "no-new-privileges:false"},
		{`"127.0.0.1:${REDISDUEL_PORT:-6379}:6379"`, `"${REDISDUEL_PORT:-6379}:6379"`},
		{`"127.0.0.1:7002:7002"`, `"0.0.0.0:7002:7002"`},
		{"mem_limit: 3g", "mem_limit: 2g"},
		{"memswap_limit: 3g", "memswap_limit: 6g"},
		{"soft: 10240", "soft: 1024"},
		{"grep -qx PONG", "grep -q NG"},
		{`restart: "no"`, "restart: always"},
		{"redis:7.4-alpine", "redis:latest"},
		{"noexec,", ""},
	} {
		if !strings.Contains(text, weaker[0]) {
			t.Errorf("the file has no %q to weaken", weaker[0])
		}
		if len(violations(t.Context(), strings.ReplaceAll(text, weaker[0], weaker[1]))) == 0 {
			t.Errorf("nothing is wrong with %q instead of %q", weaker[1], weaker[0])
		}
	}
}

func read(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// violations lists what the text of a compose file lacks.
func violations(ctx context.Context, text string) []string {
	project, err := load(ctx, text)
	if err != nil {
		return []string{err.Error()}
	}
	var found findings
	found.want("name", project.Name, "redisduel")
	names := project.ServiceNames()
	slices.Sort(names)
	found.want("services", names, []string{"cluster-1", "cluster-2", "cluster-3", "cluster-form", "redis"})
	for _, s := range project.Services {
		found.container(s)
		switch {
		case s.Name == "redis":
			found.single(s)
		case s.Name == "cluster-form":
			found.former(s)
		case strings.HasPrefix(s.Name, "cluster-"):
			found.node(s)
		}
	}
	found.secrets(project.Secrets)
	found.want("volumes", len(project.Volumes), 4)
	return found
}

// load reads it as `docker compose --profile cluster` does.
func load(ctx context.Context, text string) (*types.Project, error) {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	return loader.LoadWithContext(ctx, types.ConfigDetails{
		WorkingDir:  dir,
		ConfigFiles: []types.ConfigFile{{Filename: "docker-compose.yml", Content: []byte(text)}},
	}, func(o *loader.Options) {
		o.SetProjectName("unnamed", false)
		o.Profiles = []string{"cluster"}
	})
}

// findings are sentences about what is wrong.
type findings []string

// want compares what there is with what there must be.
func (f *findings) want(what string, got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		*f = append(*f, fmt.Sprintf("%s is %v, want %v", what, got, want))
	}
}

func (f *findings) must(ok bool, what string) {
	if !ok {
		*f = append(*f, what)
	}
}

// container checks what every container needs.
func (f *findings) container(s types.ServiceConfig) {
	f.must(strings.HasPrefix(s.Image, "redis:7.") && strings.HasSuffix(s.Image, "-alpine"), s.Name+": the image is not pinned to a minor version of 7")
	f.want(s.Name+": user", s.User, "999:1000")
	f.want(s.Name+": read_only", s.ReadOnly, true)
	f.want(s.Name+": tmpfs", s.Tmpfs, "[/tmp:size=16m,mode=1777,noexec,nosuid,nodev]")
	f.want(s.Name+": cap_drop", s.CapDrop, "[ALL]")
	f.want(s.Name+": cap_add", s.CapAdd, "[]")
	f.want(s.Name+": privileged", s.Privileged, false)
	f.want(s.Name+": security_opt", s.SecurityOpt, "[no-new-privileges:true]")
	f.must(s.PidsLimit > 0 && s.PidsLimit <= 128, s.Name+": processes are not limited")
	f.must(s.MemLimit > 0 && s.MemLimit == s.MemSwapLimit, s.Name+": memory is not limited, or may be swapped")
	f.want(s.Name+": restart", s.Restart, "no")
	f.must(s.StopGracePeriod != nil && time.Duration(*s.StopGracePeriod) >= 10*time.Second, s.Name+": no time to write the end of the log")
	f.must(s.Logging != nil && s.Logging.Driver == "json-file" && s.Logging.Options["max-size"] != "" && s.Logging.Options["max-file"] != "", s.Name+": its log has no bound")
	for _, p := range s.Ports {
		f.want(s.Name+": the address of port "+p.Published, p.HostIP, "127.0.0.1")
	}
	for name := range s.Environment {
		f.must(name == "PORT", s.Name+": "+name+" is in the environment, which docker inspect shows")
	}
	f.files(s)
}

// files checks that there is a descriptor for each client and for the 32 files
// that Redis keeps.
func (f *findings) files(s types.ServiceConfig) {
	const maxClients, reserved = 10000, 32
	limit := s.Ulimits["nofile"]
	f.must(limit != nil && limit.Soft >= maxClients+reserved && limit.Hard >= limit.Soft, s.Name+": too few files for maxclients")
}

// memory is 1.4 times what Redis may hold, at least.
func (f *findings) memory(s types.ServiceConfig, maxmemory int64) {
	f.must(int64(s.MemLimit)*10 >= maxmemory*14, s.Name+": the memory limit is below 1.4 times maxmemory")
}

func (f *findings) healthy(s types.ServiceConfig) {
	h := s.HealthCheck
	if h == nil {
		*f = append(*f, s.Name+": no health check")
		return
	}
	f.want(s.Name+": health check", strings.Join(h.Test, " | "), `CMD-SHELL | REDISCLI_AUTH="$(cat /run/secrets/health.password)" redis-cli --user health -p "${PORT:-6379}" ping | grep -qx PONG`)
	f.must(h.Interval != nil && h.Timeout != nil && h.Retries != nil && h.StartPeriod != nil, s.Name+": the health check leaves times to chance")
	f.want(s.Name+": secret health.password", secret(s, "health"), "health.password")
}

// serves checks what every server needs; data is its volume.
func (f *findings) serves(s types.ServiceConfig, data string, maxmemory int64) {
	f.healthy(s)
	f.memory(s, maxmemory)
	f.want(s.Name+": secret users.acl", secret(s, "users"), "users.acl")
	conf, volume := false, false
	for _, v := range s.Volumes {
		conf = conf || v.Type == "bind" && filepath.Base(v.Source) == "redis.conf" && v.Target == "/usr/local/etc/redis/redis.conf" && v.ReadOnly
		volume = volume || v.Type == "volume" && v.Source == data && v.Target == "/data"
	}
	f.must(conf, s.Name+": redis.conf is not mounted read-only")
	f.must(volume, s.Name+": /data is not the volume "+data)
}

func (f *findings) single(s types.ServiceConfig) {
	f.serves(s, "data", 2<<30)
	f.want("redis: command", strings.Join(s.Command, " | "), "redis-server | /usr/local/etc/redis/redis.conf | --bind | * | -::*")
	f.want("redis: ports", published(s), "6379:6379")
	f.want("redis: profiles", s.Profiles, "[]")
}

func (f *findings) node(s types.ServiceConfig) {
	f.serves(s, s.Name, 512<<20)
	f.want(s.Name+": command", strings.Join(s.Command, " | "), "sh | -c | exec redis-server /usr/local/etc/redis/redis.conf --bind '*' '-::*' "+
		`--port "$PORT" --maxmemory 512mb --cluster-enabled yes --cluster-announce-ip 127.0.0.1`)
	f.want(s.Name+": profiles", s.Profiles, "[cluster]")
	f.must(s.Environment["PORT"] != nil && *s.Environment["PORT"] == "700"+strings.TrimPrefix(s.Name, "cluster-"), s.Name+": its port is not 700n")
	if s.Name == "cluster-1" {
		f.want("cluster-1: ports", published(s), "7001:7001 7002:7002 7003:7003")
		return
	}
	f.want(s.Name+": network", s.NetworkMode, "service:cluster-1")
}

// former checks what makes the nodes a cluster.
func (f *findings) former(s types.ServiceConfig) {
	f.want("cluster-form: command", strings.Join(s.Command, " | "), `sh | -c | export REDISCLI_AUTH="$(cat /run/secrets/setup.password)"; `+
		"redis-cli --user setup -p 7001 cluster info | grep -q cluster_state:ok || redis-cli --user setup --cluster create "+
		"127.0.0.1:7001 127.0.0.1:7002 127.0.0.1:7003 --cluster-yes")
	f.want("cluster-form: profiles", s.Profiles, "[cluster]")
	f.want("cluster-form: network", s.NetworkMode, "service:cluster-1")
	f.must(s.MemLimit <= 128<<20, "cluster-form: a client needs no server's memory")
	f.must(s.HealthCheck != nil && s.HealthCheck.Disable, "cluster-form: it ends, so that it cannot be healthy")
	f.want("cluster-form: secret setup.password", secret(s, "setup"), "setup.password")
	for _, node := range []string{"cluster-1", "cluster-2", "cluster-3"} {
		f.want("cluster-form: waits for "+node, s.DependsOn[node].Condition, "service_healthy")
	}
}

// secrets must come from files that git does not know.
func (f *findings) secrets(all types.Secrets) {
	for name, path := range map[string]string{"users": "users.acl", "health": "health.password", "setup": "setup.password"} {
		f.must(strings.HasSuffix(all[name].File, "/secrets/"+path), "the secret "+name+" is not the file secrets/"+path)
	}
}

// secret is the name of the file that a service finds a secret in.
func secret(s types.ServiceConfig, name string) string {
	for _, c := range s.Secrets {
		if c.Source == name {
			return filepath.Base(c.Target)
		}
	}
	return ""
}

func published(s types.ServiceConfig) string {
	var ports []string
	for _, p := range s.Ports {
		ports = append(ports, fmt.Sprintf("%s:%d", p.Published, p.Target))
	}
	return strings.Join(ports, " ")
}
