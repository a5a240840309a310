package bench

import (
	"fmt"
	"strings"
	"time"
)

// Cores is how a host's cores were divided between a server and its clients, by
// their numbers in the operating system. Nil is the scheduler's choice.
//
// They are divided where no network is emulated, since the scheduler's choice is
// then most of what is measured: on two cores a GET takes 17 µs while it has client
// and server on one of them and some 50 µs while it has them on both, which takes
// the wake-up of an idle core, and it chooses anew with each trial. Beside a round
// trip of a millisecond that is little, and the processes are left alone as they
// would be elsewhere.
type Cores struct {
	Server  int   `json:"server"`  // of the thread that runs the commands; no trial's process comes here
	Clients []int `json:"clients"` // of the processes of a trial
}

// String says which is whose; nothing if they were not divided.
func (c *Cores) String() string {
	if c == nil {
		return ""
	}
	numbers := strings.Trim(strings.ReplaceAll(fmt.Sprint(c.Clients), " ", ", "), "[]")
	return fmt.Sprintf("core %d for the server's thread, core %s for the clients", c.Server, numbers)
}

// divideCores divides the cores for duels without an emulated network if the
// server is a single one of ours.
func (f *Fixture) divideCores(rtt time.Duration) {
	if rtt == 0 && f.PID != 0 {
		f.cores = divide(f.PID)
	}
}
