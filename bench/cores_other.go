//go:build !linux

package bench

import "os/exec"

// divide does nothing: only Linux lets a process choose cores for another.
func divide(int) *Cores { return nil }

func (c *Cores) start(cmd *exec.Cmd) error { return cmd.Start() }
