package bench

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"redisduel/bench/evidence"
)

// Room is how many bytes the servers can still take, and whose limit that is. Where
// nobody tells, as on a system without /proc, it is math.MaxInt64.
func (f *Fixture) Room(ctx context.Context) (free int64, whose string, err error) {
	if f.Own {
		return availableMemory(os.DirFS("/")), "this host", nil
	}
	for _, node := range f.Nodes {
		n, err := node.room(ctx)
		if err != nil {
			return 0, "", err
		}
		if n == math.MaxInt64 {
			return n, "the server", nil
		}
		free += n
	}
	return free, "the server", nil
}

// room is what a server may still take: of its maxmemory, or of its host.
func (t Target) room(ctx context.Context) (int64, error) {
	client, err := t.direct()
	if err != nil {
		return 0, err
	}
	defer client.Close()
	const limit, host, used = "maxmemory", "total_system_memory", "used_memory"
	stated, err := evidence.Fields(ctx, client, limit, host, used)
	if err != nil {
		return 0, fmt.Errorf("%w: cannot read INFO from the server: %w", ErrEnvironment, err)
	}
	most := stated[host]
	if stated[limit] > 0 {
		most = stated[limit]
	}
	if most == 0 {
		return math.MaxInt64, nil
	}
	return int64(max(0, most-stated[used])), nil
}

// availableMemory is what a new process could take before the host, or a control
// group that this one is in, has to take it from others.
func availableMemory(root fs.FS) int64 {
	free := int64(math.MaxInt64)
	if n, ok := kilobytes(fieldOf(root, "proc/meminfo", "MemAvailable")); ok {
		free = n
	}
	group := strings.TrimPrefix(fieldOf(root, "proc/self/cgroup", "0"), ":") // "0::/a/b", of version 2
	for dir := path.Join("sys/fs/cgroup", group); strings.HasPrefix(dir, "sys/fs/cgroup"); dir = path.Dir(dir) {
		free = min(free, groupMemory(root, dir))
	}
	return free
}

// groupMemory is what a control group leaves, with the files that it can forget.
func groupMemory(root fs.FS, dir string) int64 {
	number := func(text string) (int64, bool) {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return n, err == nil
	}
	most, limited := number(contents(root, dir+"/memory.max")) // "max" is none
	used, known := number(contents(root, dir+"/memory.current"))
	if !limited || !known {
		return math.MaxInt64
	}
	for line := range strings.Lines(contents(root, dir+"/memory.stat")) {
		if text, ok := strings.CutPrefix(line, "inactive_file "); ok {
			n, _ := number(text) // a kernel's file: if it is no number, there is none to count
			used -= n
		}
	}
	return max(0, most-used)
}
