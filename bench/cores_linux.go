package bench

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// divide moves the main thread of a server to the last of the cores that we may
// use, and leaves its other threads, which free memory and write files, where they
// are. It returns nil, and changes nothing, if there is only one core or the server
// is not ours to move.
func divide(pid int) *Cores {
	all := allowedCores()
	last := len(all) - 1
	if last < 1 || unix.SchedSetaffinity(pid, setOf(all[last])) != nil {
		return nil
	}
	return &Cores{Server: all[last], Clients: all[:last]}
}

// start starts a client's process on its cores.
func (c *Cores) start(cmd *exec.Cmd) error {
	if c == nil {
		return cmd.Start()
	}
	failed := make(chan error)
	go func() {
		// A child has the cores of the thread that starts it. This one ends with its
		// goroutine, which does not unlock it, so that nothing is to be put back.
		runtime.LockOSThread()
		if err := unix.SchedSetaffinity(0, setOf(c.Clients...)); err != nil {
			failed <- err
			return
		}
		failed <- cmd.Start()
	}()
	return <-failed
}

// allowedCores are those that the calling thread may use.
func allowedCores() (cores []int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	for i, left := 0, set.Count(); left > 0; i++ {
		if set.IsSet(i) {
			cores = append(cores, i)
			left--
		}
	}
	return cores
}

func setOf(cores ...int) *unix.CPUSet {
	set := new(unix.CPUSet)
	for _, core := range cores {
		set.Set(core)
	}
	return set
}
