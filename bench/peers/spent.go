package peers

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"redisduel/bench/evidence"
)

// A spending is what the server had done at a moment.
type spending struct {
	cpu, commands float64 // seconds, and how many
}

// since is the CPU time of a command in ns.
func (s spending) since(before spending) float64 {
	return 1e9 * (s.cpu - before.cpu) / max(s.commands-before.commands, 1)
}

// spent asks the server for what it has done so far.
func spent(ctx context.Context, client rueidis.Client) (spending, error) {
	const system, user, commands = "used_cpu_sys", "used_cpu_user", "total_commands_processed"
	got, err := evidence.Fields(ctx, client, system, user, commands)
	if err == nil && len(got) < 3 {
		err = fmt.Errorf("the server does not state its CPU time and its commands: %v", got)
	}
	return spending{got[system] + got[user], got[commands]}, err
}

// client is a client of the server. It is asked between the trials.
func (r *run) client() (rueidis.Client, error) {
	return rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{r.server.Addr()}, Password: r.server.Password(),
		ForceSingleClient: true, DisableCache: true, DisableRetry: true, PipelineMultiplex: -1,
	})
}
