package bench

import (
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// coresOf are those that a thread may use; 0 is the one that asks.
func coresOf(t *testing.T, tid int) (cores []int) {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(tid, &set); err != nil {
		t.Fatal(err)
	}
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			cores = append(cores, i)
		}
	}
	return cores
}

// waiting starts a process that does nothing until the test ends.
func waiting(t *testing.T, start func(*exec.Cmd) error) (pid int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = in.Close(), cmd.Wait() }) // the context has killed it
	return cmd.Process.Pid
}

func TestTheServerHasACoreOfItsOwnItsClientsTheOthersAndWeAll(t *testing.T) {
	all, server := coresOf(t, 0), waiting(t, (*exec.Cmd).Start)
	cores := divide(server)
	if len(all) == 1 {
		if cores != nil {
			t.Errorf("the only core was divided: %v", cores)
		}
		return
	}
	if got := coresOf(t, server); len(got) != 1 || got[0] != cores.Server {
		t.Errorf("the server may use %v, want %d alone", got, cores.Server)
	}
	for range 20 { // from whatever threads these come to run on
		if got := coresOf(t, waiting(t, cores.start)); !slices.Equal(got, cores.Clients) {
			t.Fatalf("a client may use %v, want %v", got, cores.Clients)
		}
		if got := coresOf(t, 0); !slices.Equal(got, all) {
			t.Fatalf("then we may use %v, want %v", got, all)
		}
	}
	if together := append(slices.Clone(cores.Clients), cores.Server); !slices.Equal(slices.Sorted(slices.Values(together)), all) {
		t.Errorf("of %v the server has %d and the clients %v", all, cores.Server, cores.Clients)
	}
}
