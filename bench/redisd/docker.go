package redisd

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

const (
	// imageTag is the image a container is made of, imageName:imageTag.
	imageName = "redis"
	imageTag  = "7-alpine"
	// pullTimeout replaces the default ReadyTimeout, since the image may have
	// to be fetched first.
	pullTimeout = 2 * time.Minute
	// stopPatience is how long a container may take to end by itself.
	stopPatience = 10 * time.Second
)

// inspectDocker finds a Docker engine that answers.
func inspectDocker(ctx context.Context) (Binary, error) {
	path, err := lookPath("docker")
	if err != nil {
		return Binary{}, err
	}
	if _, err := output(ctx, versionLimit, path, "info"); err != nil {
		return Binary{}, fmt.Errorf("%s info %w", path, err)
	}
	return Binary{Path: path, Software: imageName, Version: imageTag, Docker: true}, nil
}

// endOfConfig is the line after which the container's stdin carries nothing
// more and only its end matters.
const endOfConfig = "# end of configuration"

// inside is the container's command. It reads the configuration up to the
// marker line, hands it to a server, and kills the server when stdin ends: our
// end of the pipe closes however we die, the docker command's with it, and the
// engine then closes the container's. A server that ends by itself ends the
// container. Nothing secret is in an argument: read, printf and kill are
// built into the shell.
const inside = `
config=
while IFS= read -r line && [ "$line" != "` + endOfConfig + `" ]; do
	config="$config$line
"
done
exec 3<&0
printf %s "$config" | redis-server - &
server=$!
{ while read -r line; do :; done; kill -9 "$server"; } <&3 &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`

// published reports whether the server listens inside a container, on a port
// that Docker publishes.
func (l *launch) published() bool { return l.binary.Docker && !l.cluster }

// checkDocker refuses what Docker cannot do. The nodes of a cluster tell each
// other and the clients one address for each node, which must be right inside
// and outside the container; only the host's own network does that.
func (l *launch) checkDocker() error {
	if l.binary.Docker && l.cluster && runtime.GOOS != "linux" {
		return errors.New("redisd: a cluster in Docker needs the host's network, which only Linux has: " + WaysOut)
	}
	return nil
}

// dockerCommand returns the command that runs one server in a container.
func (l *launch) dockerCommand(port int) *exec.Cmd {
	network := []string{"-p", fmt.Sprintf("%s:%d:6379", loopback, port)}
	if !l.published() {
		network = []string{"--network", "host"}
	}
	args := []string{"run", "--rm", "-i", "--user", "redis",
		"--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--workdir", "/data"}
	args = append(args, network...)
	args = append(args, imageName+":"+imageTag, "sh", "-c", inside)
	return exec.Command(l.binary.Path, args...) //nolint:noctx // a server outlives the context of its start
}
