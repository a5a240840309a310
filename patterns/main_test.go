package patterns_test

import (
	"context"
	"testing"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"redisduel/bench/benchtest"
	"redisduel/bench/redisd"
)

// A cluster client keeps a connection that it no longer needs for five more
// seconds, in a goroutine that ends by itself and that Close does not wait for.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"))
}

// dial starts a server and connects to it; both end with the test.
func dial(t testing.TB) (rueidis.Client, *redisd.Server) {
	t.Helper()
	server := benchtest.Redis(t)
	return connect(t, server.Addr(), server.Password(), true), server
}

// dialCluster starts a cluster of three and connects to it; both end with the
// test. It takes some two seconds: one test a file should be enough.
func dialCluster(t testing.TB) (rueidis.Client, *redisd.Cluster) {
	t.Helper()
	cluster := benchtest.Cluster(t, 3)
	node := cluster.Nodes()[0]
	return connect(t, node.Addr(), node.Password(), false), cluster
}

// connect opens a client that ends with the test. It retries nothing, so that a
// test sees every error that a server gives.
func connect(t testing.TB, address, password string, single bool) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{address}, Password: password, ForceSingleClient: single,
		DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// do runs a command that must succeed.
func do(t testing.TB, client rueidis.Client, words ...string) rueidis.RedisResult {
	t.Helper()
	result := client.Do(context.WithoutCancel(t.Context()), client.B().Arbitrary(words...).Build())
	if err := result.Error(); err != nil && !rueidis.IsRedisNil(err) {
		t.Fatalf("%v: %v", words, err)
	}
	return result
}
