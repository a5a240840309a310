package bench

import (
	"io/fs"
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
	root := os.DirFS("/")
	h.CPU = fieldOf(root, "proc/cpuinfo", "model name")
	h.MemoryBytes, _ = kilobytes(fieldOf(root, "proc/meminfo", "MemTotal")) // 0 is not known
	return h
}

// kilobytes reads "12 kB" as bytes.
func kilobytes(text string) (bytes int64, ok bool) {
	number, ok := strings.CutSuffix(text, " kB")
	n, err := strconv.ParseInt(number, 10, 64)
	return n << 10, ok && err == nil
}

// fieldOf returns the first "name: value" of a file such as those in /proc; empty
// where there is none, as on other systems.
func fieldOf(root fs.FS, path, name string) string {
	for line := range strings.Lines(contents(root, path)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// contents is what a file holds; empty if it cannot be read.
func contents(root fs.FS, path string) string {
	data, err := fs.ReadFile(root, path)
	if err != nil {
		return ""
	}
	return string(data)
}

// CPUTime is what this process has used so far, in user and system mode.
func CPUTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// PeakMemory is the most bytes of this process that were resident at once; 0 is
// not known. Linux tells it of the program that runs: what getrusage, and wait4
// in a parent, say there is at least what the parent had when it forked.
func PeakMemory() int64 {
	if peak, ok := kilobytes(fieldOf(os.DirFS("/"), "proc/self/status", "VmHWM")); ok {
		return peak
	}
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return usage.Maxrss * maxrssUnit
}
