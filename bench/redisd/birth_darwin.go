package redisd

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// birth identifies the process that has the pid now by the moment it started.
func birth(pid int) (string, error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return "", err
	}
	t := info.Proc.P_starttime
	return fmt.Sprintf("%d.%06d", t.Sec, t.Usec), nil
}
