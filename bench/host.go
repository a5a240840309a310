package bench

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redisduel/bench/clock"
)

// ThisHost describes the machine we run on, as far as it tells.
func ThisHost() Host {
	h := Host{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(),
		Go: runtime.Version(), Clock: clock.Precise().String(),
	}
	var uname unix.Utsname
	if unix.Uname(&uname) == nil {
		h.Kernel = unix.ByteSliceToString(uname.Release[:])
	}
	h.CPU = procField("/proc/cpuinfo", "model name")
	if kb, ok := strings.CutSuffix(procField("/proc/meminfo", "MemTotal"), " kB"); ok {
		n, _ := strconv.ParseInt(kb, 10, 64) // a kernel's file: if it is no number, there is none to show
		h.MemoryBytes = n << 10
	}
	return h
}

// procField returns the first "name: value" of a file in /proc; empty where
// there is none, as on systems without /proc.
func procField(path, name string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// CPUTime is what this process has used so far, in user and system mode.
func CPUTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
