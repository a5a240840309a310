package redisd

import (
	"os/exec"
	"syscall"
)

// dieWithUs has the kernel kill the command when the thread that starts it
// dies, and keeps the terminal's Ctrl-C from it: its owner decides when it
// ends, or else the last trial would lose its server before it is told to stop.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
