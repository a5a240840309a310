package deploy

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the user of the image.
const nobody = 65532

func TestTheImagesBinaryNeedsNoLibraryNoShellAndNoRights(t *testing.T) {
	binary := image(t)
	isStatic(t, binary)
	if got, want := inside(t, binary, "version"), "redisduel 1.2.3-test\n"; got != want {
		t.Errorf("version says %q, want %q", got, want)
	}
}

// isStatic checks that no loader and no library is asked for.
func isStatic(t *testing.T, binary string) {
	t.Helper()
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a part %v: it is not static", part.Type)
		}
	}
}

// inside runs redisduel as a container would: alone in a root directory that
// cannot be written, and as the image's user. Only root can do so; others, who
// have no rights to lose, run it in a directory that cannot be written.
func inside(t *testing.T, binary string, args ...string) string {
	t.Helper()
	cell := filepath.Join(t.TempDir(), "cell")
	if err := os.Mkdir(cell, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(binary, filepath.Join(cell, "redisduel")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(cell, 0o555); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/redisduel", args...)
	cmd.Dir, cmd.Env = "/", []string{}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: cell, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	} else {
		cmd.Path, cmd.Dir = filepath.Join(cell, "redisduel"), cell
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("redisduel %v: %v: %s", args, err, complaint.String())
	}
	return string(out)
}
