package scenarios

import (
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"redisduel/bench"
	"redisduel/bench/evidence"
	"redisduel/bench/load"
	"redisduel/bench/stats"
)

// holds checks the answer to a GET.
func holds(result rueidis.RedisResult, want string) error {
	got, err := result.ToString()
	if err == nil && got != want {
		return fmt.Errorf("%w: got %q, want %q", load.ErrWrongAnswer, got, want)
	}
	return err
}

func perOp(of func(*evidence.Delta) float64) func(*bench.Trial) float64 {
	return bench.PerOp("", "", 1, of).Of
}

func perCommand(of func(*evidence.Delta) float64) func(*bench.Trial) float64 {
	return bench.PerOp("", "", jobCommands, of).Of
}

func scanOrKeys(d *evidence.Delta) float64 { return bench.Calls("scan")(d) + bench.Calls("keys")(d) }

func ns(d time.Duration) stats.Float { return stats.Float(d) }
