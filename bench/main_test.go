package bench_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"redisduel/bench"
)

// asTrial in the environment makes the test binary a trial process, so that a
// run in a test starts real processes.
const asTrial = "REDISDUEL_TEST_TRIAL"

func TestMain(m *testing.M) {
	if os.Getenv(asTrial) != "" {
		if err := bench.ServeTrial(context.Background(), os.Stdin, os.Stdout, []bench.Scenario{echo()}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}
