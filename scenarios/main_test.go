package scenarios_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A cluster client keeps a connection that it no longer needs for five more
// seconds, in a goroutine that ends by itself and that Close does not wait for.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"))
}
