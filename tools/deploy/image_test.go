package deploy

import (
	"debug/elf"
	"testing"
)

func TestTheImagesBinaryNeedsNoLibraryNoShellAndNoRights(t *testing.T) {
	binary := image(t)
	isStatic(t, binary)
	out, err := newCell(t, binary).command(t, []string{"version"}, []string{}).CombinedOutput()
	if want := "redisduel 1.2.3-test\n"; err != nil || string(out) != want {
		t.Errorf("version says %q (%v), want %q", out, err, want)
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
