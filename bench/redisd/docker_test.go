//go:build linux

package redisd

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// fakeDocker puts a docker command on PATH that runs the container's command
// on this machine. Publishing a port becomes listening on it.
func fakeDocker(t *testing.T) Binary {
	t.Helper()
	installed, container, dir := real(t).Path, t.TempDir(), t.TempDir()
	script(t, container, "redis-server", `config=$(
	while IFS= read -r line; do
		case $PUBLISHED$line in
		[0-9]*"port 6379") echo "port $PUBLISHED" ;;
		[0-9]*"bind "*) echo "bind 127.0.0.1" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
)
exec `+installed+` - <<end
$config
end
`)
	script(t, dir, "docker", `[ "$1" = info ] && exit 0
[ "$1" = run ] || exit 2
PATH=`+container+`:/usr/bin:/bin PUBLISHED=
export PATH PUBLISHED
while [ "$1" != sh ]; do
	[ "$1" = -p ] && PUBLISHED=${2#127.0.0.1:} PUBLISHED=${PUBLISHED%:6379}
	shift
done
exec "$@"
`)
	t.Setenv("PATH", dir)
	b, err := Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !b.Docker {
		t.Fatalf("Find = %+v, want Docker", b)
	}
	return b
}

// serverPID asks the server in the container for its pid.
func serverPID(t *testing.T, c rueidis.Client) int {
	t.Helper()
	text, err := c.Do(t.Context(), c.B().Info().Section("server").Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	return infoNumber(t, text, "process_id")
}

func TestAContainerDies(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(s *Server, server int) error
	}{
		{"when it is closed", func(s *Server, _ int) error { return s.Close() }},
		{"with its server", func(_ *Server, server int) error { return syscall.Kill(server, syscall.SIGKILL) }},
		{"with the docker command", func(s *Server, _ int) error { return syscall.Kill(s.PID(), syscall.SIGKILL) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := fakeDocker(t)
			s, err := Start(t.Context(), b, Options{})
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, s)
			t.Setenv("PATH", "/usr/bin:/bin")
			pid := serverPID(t, connected(t, s.Addr(), s.Password()))
			if err := tt.end(s, pid); err != nil {
				t.Fatal(err)
			}
			<-s.Done()
			soon(t, 5*time.Second, "the server is gone", func() bool { return !alive(pid) && !listens(s.Addr()) })
		})
	}
}

func TestAContainerDiesWithItsOwner(t *testing.T) {
	path := os.Getenv("PATH")
	fakeDocker(t)
	cmd, docker, addr := owner(t)
	t.Setenv("PATH", path)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	soon(t, 5*time.Second, "the container is gone", func() bool { return !alive(docker) && !listens(addr) })
	if err := running(t, Options{}).Close(); err != nil { // sweeps
		t.Error(err)
	}
}

func TestAStrangersRedisIsNotTakenForAContainer(t *testing.T) {
	port := stranger(t, "")
	s, err := onPorts(fakeDocker(t), port).start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	if s.Addr() == address(port) {
		t.Error("the stranger was taken for ours")
	}
}

func TestAClusterOfContainersForms(t *testing.T) {
	c, err := StartCluster(t.Context(), fakeDocker(t), 3, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for _, node := range c.Nodes() {
		if listens(node.Addr()) {
			t.Errorf("node %s is still there", node.Addr())
		}
	}
}
