package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the user of the image.
const nobody = 65532

// A cell is what a container is to the process in it: a root directory that holds
// redisduel and the files that are mounted, none of which can be written, and a
// user without rights.
//
// Only root can lock a process in. For others, who have no rights to lose, the
// cell is a directory, and paths in it are rewritten.
type cell struct{ dir string }

// newCell locks the binary up.
func newCell(t *testing.T, binary string) cell {
	t.Helper()
	c := cell{filepath.Join(t.TempDir(), "cell")}
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(binary, c.dir+"/redisduel"); err != nil {
		t.Fatal(err)
	}
	return c
}

// mount puts a file into the cell that its user's group may read.
func (c cell) mount(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(c.dir+filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.dir+path, text, 0o440); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(c.dir+path, 0, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

// command is redisduel in the cell, which is closed from now on.
func (c cell) command(t *testing.T, args, env []string) *exec.Cmd {
	t.Helper()
	if err := os.Chmod(c.dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(c.dir, 0o700) }) // or only root could remove it
	if os.Getuid() == 0 {
		cmd := exec.CommandContext(t.Context(), "/redisduel", args...)
		cmd.Dir, cmd.Env = "/", env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.dir, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return cmd
	}
	cmd := exec.CommandContext(t.Context(), c.dir+"/redisduel", c.outside(args)...)
	cmd.Dir, cmd.Env = c.dir, c.outside(env)
	return cmd
}

// outside rewrites the paths of mounted files for a process that is not locked in.
func (c cell) outside(words []string) []string {
	paths := strings.NewReplacer("/etc/redisduel/", c.dir+"/etc/redisduel/", "/run/secrets/", c.dir+"/run/secrets/")
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = paths.Replace(word)
	}
	return all
}
