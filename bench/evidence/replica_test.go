package evidence

import (
	"net"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"redisduel/bench/redisd"
)

func TestWhatAReplicaSaysOfItselfIsControl(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	primary, err := redisd.Start(t.Context(), redisd.Binary{Path: path}, redisd.Options{Config: []string{"repl-diskless-sync-delay 0"}}) // or it waits five seconds for more of them
	if err != nil {
		t.Fatal(err)
	}
	defer primary.Close()
	host, port, err := net.SplitHostPort(primary.Addr())
	if err != nil {
		t.Fatal(err)
	}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{primary.Addr()}, Password: primary.Password(), ForceSingleClient: true, DisableCache: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	serve(t, "--replicaof", host+" "+port, "--masterauth", primary.Password())
	before := take(t, client)
	eventually(t, client, before, func(Delta) bool {
		before = take(t, client)
		said, _ := before.Field("slave0")
		return strings.Contains(said, "state=online")
	})
	var d Delta
	eventually(t, client, before, func(Delta) bool {
		d = take(t, client).Since(before)
		return d.Commands["replconf"].Calls >= 2
	})
	if d = d.Without(d.Control()); len(d.Commands) != 0 || d.Reads != 0 {
		t.Errorf("%d reads of %v are left, want none", d.Reads, d.Commands)
	}
}
