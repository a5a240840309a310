//go:build unix && !linux

package redisd

import (
	"os/exec"
	"syscall"
)

// dieWithUs keeps the terminal's Ctrl-C from the command, whose owner decides
// when it ends. That it dies with its owner is a thing of Linux; here the next
// start sweeps it away.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
