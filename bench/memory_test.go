package bench

import (
	"math"
	"testing"
	"testing/fstest"
)

func TestTheMemoryLeftIsTheLeastThatTheHostOrAGroupLeaves(t *testing.T) {
	const mib = 1 << 20
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	host := file("MemTotal: 9216 kB\nMemAvailable:    8192 kB\n")
	for _, c := range []struct {
		name string
		root fstest.MapFS
		want int64
	}{
		{"nobody tells", fstest.MapFS{}, math.MaxInt64},
		{"the host", fstest.MapFS{"proc/meminfo": host}, 8 * mib},
		{"a container", fstest.MapFS{
			"proc/meminfo": host, "proc/self/cgroup": file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("4194304\n"), "sys/fs/cgroup/memory.current": file("3145728\n"),
			"sys/fs/cgroup/memory.stat": file("active_file 7\ninactive_file 1048576\n"),
		}, 2 * mib},
		{"a group without a limit in one that is full", fstest.MapFS{
			"proc/meminfo": host, "proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/memory.max": file("max\n"), "sys/fs/cgroup/a/b/memory.current": file("5\n"),
			"sys/fs/cgroup/a/memory.max": file("4096\n"), "sys/fs/cgroup/a/memory.current": file("5000\n"),
		}, 0},
		{"no number", fstest.MapFS{"proc/meminfo": file("MemAvailable: much kB\n")}, math.MaxInt64},
	} {
		if got := availableMemory(c.root); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
