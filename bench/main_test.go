package bench_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"redisduel/bench"
)

// asTrial in the environment makes the test binary a trial process, so that a
// run in a test starts real processes.
const asTrial = "REDISDUEL_TEST_TRIAL"

func TestMain(m *testing.M) {
	// A worker of the fuzzer has the environment of the process that started it.
	if os.Getenv(asTrial) != "" && !slices.Contains(os.Args, "-test.fuzzworker") {
		if err := bench.ServeTrial(context.Background(), os.Stdin, os.Stdout, []bench.Scenario{echo()}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	for name, value := range map[string]string{
		asTrial: "1", "GORACE": "atexit_sleep_ms=0", // a process with the race detector otherwise takes a second to end
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err) // the name is none
		}
	}
	// A cluster client keeps a connection that it no longer needs for five more
	// seconds, and looks around again after one, each in a goroutine that ends by
	// itself and that Close does not wait for.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient).redirectOrNew.func1"))
}
